import { interruptible } from 'sluice/cli';
import { deploy } from './deploy.ts';
import { Runner } from './runner.ts';

process.exitCode = await interruptible((signal) => deploy(new Runner(process.env), signal));
