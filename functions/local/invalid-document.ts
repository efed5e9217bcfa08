import type { DocumentProblem } from '../../lib/policy/document.ts';

/** The gateway document has these problems. */
export class InvalidDocument extends Error {
  override readonly name = 'InvalidDocument';
  readonly problems: readonly DocumentProblem[];
  constructor(problems: readonly DocumentProblem[]) {
    super(`The gateway document has ${problems.length} problem${problems.length === 1 ? '' : 's'}`);
    this.problems = problems;
  }
}
