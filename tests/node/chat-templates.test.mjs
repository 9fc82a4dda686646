// Renders every chat template of tests/fixtures/chat-templates with npm @huggingface/jinja and with ours, and compares the texts.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { Template } from '@huggingface/jinja';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = join(root, 'tests/fixtures/chat-templates');

// Where the npm package and transformers (Jinja2) differ, ours follows transformers; the goldens of the .NET tests hold that.
const plus = 'the package adds lists and objects to strings as JavaScript does; Python raises TypeError';
const none = "the package writes None as nothing; Python's str(None) is None";
const differences = {
  'command/documents': 'the package writes true for True, and None as nothing',
  'deepseek/parts': plus,
  'deepseek/tools': plus,
  'deepseek/tools-thinking': plus,
  'glm/tools': none,
  'glm/tools-thinking': none,
  'gpt-oss/parts': plus,
  'granite/parts': plus,
  'jamba/documents': 'the package writes true for True, and None as nothing',
  'jamba/parts': 'the package has no replace filter for lists; Jinja2 takes their text',
  'jamba/tools': 'the package has no replace filter for None; Jinja2 takes its text',
  'jamba/tools-thinking': 'the package has no replace filter for None; Jinja2 takes its text',
  'minimax/parts': "the package writes a dict as JSON; Python's str has single quotes",
  'mixtral/parts': plus,
  'nemotron/parts': "the package writes a dict as JSON; Python's str has single quotes",
  'olmoe/parts': plus,
  'qwen-moe/parts': plus,
};

function renderTheirs(request) {
  try {
    const { messages, tools = null, add_generation_prompt = true, variables = {} } = request;
    return { text: new Template(request.template).render({ messages, tools, documents: null, add_generation_prompt, ...variables }) };
  } catch (error) {
    return { error: String(error) };
  }
}

function renderOurs(requests) {
  const program = join(root, 'artifacts/bin/RenderTemplate/release/MoeDevtools.RenderTemplate.dll');
  if (!existsSync(program)) {
    execFileSync('dotnet', ['build', join(root, 'tests/render-template'), '-c', 'Release', '-v', 'q', '-nologo'], { stdio: ['ignore', 'ignore', 'inherit'] });
  }
  const input = requests.map((request) => JSON.stringify(request)).join('\n');
  const { stdout, stderr, status } = spawnSync('dotnet', [program], { input, encoding: 'utf8', maxBuffer: 1 << 28 });
  assert.equal(status, 0, stderr);
  return stdout.trimEnd().split('\n').map((line) => JSON.parse(line));
}

const conversations = Object.entries(JSON.parse(readFileSync(join(folder, 'conversations.json'), 'utf8')));
const cases = readdirSync(folder).filter((file) => file.endsWith('.jinja')).sort().flatMap((file) => {
  const template = readFileSync(join(folder, file), 'utf8');
  return conversations.map(([name, request]) => ({ key: `${file.slice(0, -'.jinja'.length)}/${name}`, request: { ...request, template } }));
});
const answers = renderOurs(cases.map(({ request }) => request));

test('there are templates and every request is answered', () => {
  assert.ok(cases.length >= 100);
  assert.equal(answers.length, cases.length);
});

cases.forEach(({ key, request }, index) => {
  test(key, (context) => {
    const theirs = renderTheirs(request);
    const ours = answers[index];
    if (key in differences) {
      context.diagnostic(differences[key]);
      assert.notEqual(ours.text, theirs.text, 'no longer a difference: take it from the list');
      return;
    }

    if (theirs.error !== undefined) {
      assert.ok(ours.error !== undefined, `@huggingface/jinja refuses (${theirs.error}), ours writes ${JSON.stringify(ours.text)}`);
    } else {
      assert.equal(ours.text, theirs.text, ours.error);
    }
  });
});
