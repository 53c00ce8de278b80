import module from 'node:module';

/**
 * Node keeps in this folder what it has stripped and compiled, of this program and of all that it starts: parsing what a worker
 * imports is half of its start. A process that is killed keeps nothing, but reads. A folder of the caller's own stays.
 */
export function keepCompiled(folder) {
  process.env.NODE_COMPILE_CACHE ??= folder;
  // what is missing below Node 22.8 is handed over to a newer one
  module.enableCompileCache?.(process.env.NODE_COMPILE_CACHE);
}
