// The first minute: the walkthrough with its five steps, whose pictures are taken here, the views while there is nothing to show, and a folder without trust.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, describe, test } from 'node:test'
import { root } from './places.mjs'
import { startServer } from './server.mjs'
import { until } from './waiting.mjs'
import { openWorkbench } from './workbench.mjs'

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).contributes
const texts = JSON.parse(readFileSync(join(root, 'package.nls.json'), 'utf8'))
const text = (key) => texts[key.replaceAll('%', '')]
/** Buttons of a text as VS Code draws them: a link on a line of its own. */
const buttons = (described) => [...described.matchAll(/^\[(.+?)\]\(command:.+?\)$/gm)].map(([, title]) => title)
const prose = (described) => described.split('\n')[0].replaceAll('``', '')
const launch = `{
  "version": "0.2.0",
  "configurations": [
    {
      "type": "moe",
      "request": "launch",
      "name": "My model",
      "model": "\${workspaceFolder}/olmoe-tiny",
      "prompt": "Once upon a time"
    }
  ]
}
`
let server, workbench, page

const open = async (options) => {
  server = await startServer(options)
  workbench = await openWorkbench(server, options)
  page = workbench.page
}
const close = async () => {
  await workbench?.close()
  await server?.stop()
}
const sideBar = () => page.locator('.activitybar .action-item a[aria-label^="MoE"]').click()
const rows = () => page.locator('.tree-explorer-viewlet-tree-view .monaco-list-row')

describe('a fresh window', () => {
  before(async () => {
    await open({
      size: { width: 1100, height: 760 }, settings: { 'breadcrumbs.enabled': false },
    })
    server.copy('samples/olmoe-tiny', 'olmoe-tiny')
  })
  after(close)
  afterEach(async ({ name, passed }) => {
    if (passed === false) await workbench.shot(`failed ${name}`)
  })

  const step = (id) => page.locator(`.getting-started-step[data-step-id$="#${id}"]`)
  /** Opens the walkthrough at one of its steps. */
  const walkthrough = async (id) => {
    await workbench.command('Open Walkthrough')
    await workbench.pick(texts['walkthrough.title'])
    await until(async () => {
      const isOpen = async () => await step(id).getAttribute('aria-expanded', { timeout: 1_000 }) === 'true'
      if (!await isOpen()) await step(id).locator('.step-title').click({ timeout: 1_000 })
      return isOpen()
    }, `the step ${id}`)
  }
  const press = (id) => step(id).locator('.button-container .monaco-button').click()

  test('views without anything to show say what to do', async () => {
    await sideBar()
    for (const { view, contents } of manifest.viewsWelcome) {
      if (view === 'debug') await page.keyboard.press('Control+Shift+D')
      else if (view === 'moe.pinned') await page.locator('.pane-header', { hasText: texts['view.pinned'] }).click()
      const welcome = page.locator('.welcome-view-content', { hasText: prose(text(contents)).replaceAll(/\[(.+?)\]\(.+?\)/g, '$1') })
      await welcome.waitFor()
      const offered = await welcome.locator('.monaco-button').allInnerTexts()
      assert.deepEqual(buttons(text(contents)).filter((button) => !offered.includes(button)), [], view)
    }
    await workbench.shot('first-welcome-debug')
    await sideBar()
    await workbench.shot('first-welcome')
    assert.deepEqual(server.daemons(), [], 'looking starts no daemon')
  })

  test('the walkthrough has five steps, each with a text, a picture and what it looks like in words', async () => {
    const [{ steps }] = manifest.walkthroughs
    assert.equal(steps.length, 5)
    for (const { id, title, description, media } of steps) {
      await walkthrough(id)
      assert.equal(await step(id).locator('.step-title').innerText(), text(title))
      assert.equal(await step(id).locator('.step-description-container p').first().innerText(), prose(text(description)))
      assert.deepEqual(await step(id).locator('.button-container').allInnerTexts(), buttons(text(description)))
      const picture = page.locator('.getting-started-media img')
      await until(() => picture.evaluate((image) => image.complete && image.naturalWidth > 0), `the picture of ${id}`)
      assert.match(await picture.getAttribute('srcset'), new RegExp(media.image.split('/').at(-1)))
      assert.equal(await picture.getAttribute('alt'), text(media.altText))
      await workbench.shot(`first-walkthrough-${id}`)
    }
  })

  test('its first button leads to a first stop, with the decision behind the line of its router', async () => {
    await walkthrough('sample')
    await press('sample')
    assert.match(await workbench.stopped(), /^token 5 .* \| router L3 /)
    await workbench.expand(workbench.variable('Decision'))
    await until(async () => /router.*entropy = 0\.\d+, experts = E0 0\.\d+/.test((await page.locator('.editor-instance .view-lines').first().innerText()).replaceAll(/\s+/g, ' ')), 'the decision behind the line')
    await workbench.command('View: Hide Panel')
    await workbench.shot('walkthrough-stop')
  })

  test('the second is about stepping', async () => {
    await workbench.move('step-into', /^token 6 .* \| router L3 /)
    await workbench.move('step-back', /^token 6 .* \| router L2 /)
    await workbench.button('step-back').hover()
    await workbench.shot('walkthrough-step')
    await workbench.button('stop').click()
    await workbench.ended()
  })

  test('the third debugs the sample model, whose listing takes a condition', async () => {
    await walkthrough('breakpoint')
    await press('breakpoint')
    await workbench.stopped()
    await workbench.goToLine(20)
    await workbench.describeBreakpoint(20, 'Expression', 'entropy < 0.3', 'Each decision')
    await workbench.move('restart', / \| router L1 .* \| step 1 /)
    await workbench.expand(workbench.variable('Decision'))
    assert.match(await workbench.variable('entropy').innerText(), /entropy =\s*0\.[012]/)
    await workbench.shot('walkthrough-condition')
  })

  test('the fourth shows the Debug Console, where a change is made', async () => {
    await walkthrough('change')
    await press('change')
    await workbench.command('View: Open Next Editor')
    await workbench.evaluate('mask 11', /E11|mask 11/)
    await workbench.shot('walkthrough-change')
    await workbench.button('stop').click()
    await workbench.ended()
  })

  test('the fifth asks for the folder of a model and for a prompt', async () => {
    await walkthrough('own')
    await press('own')
    const input = page.locator('.quick-input-widget input.input').first()
    await until(async () => (await input.inputValue()).startsWith(server.folder), 'the dialog of folders')
    const prompt = page.locator('.quick-input-widget', { hasText: 'Text for the model to continue' })
    await until(async () => {
      if (await prompt.isVisible()) return true
      await input.fill(join(server.workspace, 'olmoe-tiny') + '/', { timeout: 1_000 })
      await page.locator('.quick-input-widget .monaco-button', { hasText: 'OK' }).click({ timeout: 1_000 })
      return false
    }, 'the question for a prompt')
    await page.keyboard.press('Enter')
    assert.match(await workbench.stopped(), /^token 0 .* \| router L0 /)
    await workbench.shot('first-own')
    await workbench.button('stop').click()
    await workbench.ended()
    mkdirSync(join(server.workspace, '.vscode'))
    writeFileSync(join(server.workspace, '.vscode', 'launch.json'), launch)
    await workbench.openFile('launch.json')
    await page.locator('.monaco-editor .view-line', { hasText: '"prompt"' }).click()
    await page.keyboard.press('End')
    await page.keyboard.type(',\n"')
    await page.keyboard.press('Control+Space')
    await page.locator('.suggest-widget .monaco-list-row', { hasText: 'breakpoints' }).first().waitFor()
    await workbench.shot('walkthrough-own')
  })
})

describe('a folder without trust', () => {
  before(async () => {
    await open({
      trust: true, files: { '.vscode/settings.json': JSON.stringify({ 'moe.daemon.path': '/nowhere/moe-devtools' }) },
      settings: { 'security.workspace.trust.startupPrompt': 'never', 'security.workspace.trust.banner': 'never' },
    })
    server.copy('artifacts/vsix/olmoe-tiny.moetrace', 'run.moetrace')
  })
  after(close)
  afterEach(async ({ name, passed }) => {
    if (passed === false) await workbench.shot(`failed ${name}`)
  })

  const charts = () => until(async () => {
    for (const frame of page.frames()) if (await frame.locator('main:not([aria-busy]) #finding').count() > 0) return frame
  }, 'the charts')

  test('a recording opens, with the daemon of the extension and not the one that the folder names', async () => {
    await sideBar()
    await rows().filter({ hasText: 'run.moetrace' }).first().click()
    await (await charts()).locator('#finding', { hasText: /fair share|load|dead/i }).waitFor()
    await rows().filter({ hasText: 'Layer 3' }).first().waitFor()
    assert.match(server.log(), /\/daemon\/moe-devtools \(bundled\)/)
    await workbench.shot('first-untrusted')
    await workbench.command('View: Close All Editors')
    await rows().filter({ hasText: 'run.moetrace' }).first().waitFor()
  })

  test('so does the sample recording', async () => {
    await workbench.command('MoE: Open the Sample Recording')
    await charts()
    await rows().filter({ hasText: 'olmoe-tiny.moetrace' }).first().waitFor()
  })

  test('debugging asks for trust first, and goes on once it is given', async () => {
    server.configure({})
    const dialog = page.locator('.monaco-dialog-box', { hasText: 'Do you trust the authors' })
    await workbench.command('MoE: Debug the Sample Model')
    await dialog.waitFor()
    await workbench.shot('first-trust')
    await dialog.locator('.monaco-button', { hasText: 'Cancel' }).click()
    await dialog.waitFor({ state: 'hidden' })
    assert.ok(!await workbench.button('stop').isVisible())
    await workbench.command('MoE: Debug the Sample Model')
    await dialog.locator('.monaco-button', { hasText: 'Trust Folder' }).click()
    assert.match(await workbench.stopped(), /router L3/)
    await workbench.button('stop').click()
    await workbench.ended()
  })

  test('in the view of recordings one is opened and deleted', async () => {
    await sideBar()
    const file = rows().filter({ hasText: 'run.moetrace' }).last()
    await workbench.choose(file, 'Show Charts')
    await charts()
    await workbench.choose(file, 'Delete Recording...')
    const dialog = page.locator('.monaco-dialog-box', { hasText: 'Delete run.moetrace?' })
    await dialog.locator('.monaco-button', { hasText: 'Delete' }).click()
    await until(() => !existsSync(join(server.workspace, 'run.moetrace')), 'the end of the file')
    await until(async () => !(await rows().allInnerTexts()).some((row) => row.includes('run.moetrace')), 'the end of its rows')
  })
})
