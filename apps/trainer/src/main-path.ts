import { join } from 'node:path';

/** The program that a parent forks as a trainer; its settings are environment variables (see the README). */
export const trainerMainPath = join(__dirname, 'main.js');
