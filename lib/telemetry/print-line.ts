/**
 * One line of the log, as JSON. Written to the stream itself: Lambda's `console` puts a prefix before it or, in JSON log
 * format (the only one of managed instances), wraps it, and CloudWatch takes metrics only from a line that is nothing
 * but its JSON object.
 */
export const printLine = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
