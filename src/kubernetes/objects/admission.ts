/** What the API server may make of what we write: policies pin images, add labels, containers and defaults. Pure. */
import { imageName, parseImage } from '../../plan/image.ts';

/** The same image, or a digest of it: of the same repository and tag, and the digest that was asked for if one was. */
export function isImage(found: string, wanted: string): boolean {
  const [is, asked] = [parseImage(found), parseImage(wanted)];
  if (found === wanted || !is?.digest || !asked) return found === wanted;
  return imageName(is) === imageName(asked) && (asked.digest ? is.digest === asked.digest : is.tag === asked.tag);
}

/** Whether admission may have made `found` of what we wrote: all of that is there, and images are the same ones. */
export function isAdmitted(found: unknown, written: unknown): boolean {
  if (Array.isArray(written)) {
    const there: unknown[] = Array.isArray(found) ? found : [];
    return written.every((item) => there.some((one) => isAdmitted(one, item)));
  }
  if (typeof written === 'object' && written !== null) {
    const there = (found ?? {}) as Record<string, unknown>;
    return Object.entries(written).every(([key, value]) => isAdmitted(there[key], value));
  }
  if (typeof found === 'string' && typeof written === 'string') return isImage(found, written);
  return (found ?? null) === (written ?? null);
}
