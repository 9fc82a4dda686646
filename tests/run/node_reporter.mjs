// A reporter for node --test: a JSON line for each test, a last one says the end.
import { inspect } from 'node:util';

export default async function* (events) {
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const error = data.details.error;
    // A suite fails because of a test in it, which has its own line.
    if (data.details.type === 'suite' && (type === 'test:pass' || error?.failureType === 'subtestsFailed')) continue;
    // Node reports a file without tests as a test of the file's own name.
    if (type === 'test:pass' && data.name === data.file) continue;
    const skip = data.skip ?? data.todo;
    const outcome = skip !== undefined ? 'skipped' : type === 'test:pass' ? 'passed' : 'failed';
    const detail = outcome === 'skipped' ? String(skip === true ? '' : skip) : error ? inspect(error.cause ?? error) : '';
    yield JSON.stringify({ name: data.name, outcome, detail }) + '\n';
  }
  yield '{"end": true}\n';
}
