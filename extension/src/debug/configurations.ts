import * as vscode from 'vscode'
import type { Daemon } from '../daemon/daemon.ts'
import { hasPythonDebugger } from './python.ts'
import { samples } from './samples.ts'

/** Completes launch configurations, and says what is missing in them. What a configuration means is the daemon's to say. */
export class Configurations implements vscode.DebugConfigurationProvider {
  readonly #extensionFolder: string
  readonly #daemon: Daemon

  constructor(extensionFolder: string, daemon: Daemon) {
    this.#extensionFolder = extensionFolder
    this.#daemon = daemon
  }

  /** Undefined ends the launch without a word: whatever there is to say was said. */
  async resolveDebugConfiguration(folder: vscode.WorkspaceFolder | undefined, given: vscode.DebugConfiguration): Promise<vscode.DebugConfiguration | null | undefined> {
    // F5 without a launch.json.
    const chosen = given.type === undefined || given.request === undefined ? await this.#choose() : given
    if (chosen === undefined) return undefined
    const config = await this.#complete(chosen)
    if (config === null || config === undefined) return config
    const settings = vscode.workspace.getConfiguration('moe', folder)
    return { sourceBreakpoints: settings.get('sourceBreakpoints'), ...(folder === undefined ? {} : { cwd: folder.uri.fsPath }), ...config }
  }

  /** Here, so that a daemon that cannot start is told in its own message and not in one of the launch. */
  async resolveDebugConfigurationWithSubstitutedVariables(_folder: vscode.WorkspaceFolder | undefined, config: vscode.DebugConfiguration): Promise<vscode.DebugConfiguration | undefined> {
    try {
      await (this.#daemon.health.state === 'failed' ? this.#daemon.restart() : this.#daemon.running())
      return config
    } catch {
      return undefined
    }
  }

  /** For a new launch.json. */
  provideDebugConfigurations(): vscode.DebugConfiguration[] {
    return [{ type: 'moe', request: 'launch', name: vscode.l10n.t('Model'), model: '${workspaceFolder}/model', prompt: 'Once upon a time', stopOnEntry: true }]
  }

  /** Null opens launch.json. */
  async #complete(config: vscode.DebugConfiguration): Promise<vscode.DebugConfiguration | null | undefined> {
    if (config.request !== 'launch') return config['processId'] === undefined && config['address'] === undefined ? { ...config, ...attach(), name: config.name } : config
    if (config['debugpy'] !== undefined && config['debugpy'] !== false && !hasPythonDebugger()) {
      void vscode.window.showErrorMessage(vscode.l10n.t('"{0}" needs the debugger of the Python extension ({1}), which is not installed. Without it the training is debugged at its routers alone.', config.name, 'ms-python.debugpy'))
      return undefined
    }
    if (['program', 'module', 'command'].some((name) => config[name] !== undefined)) return config
    if (config['model'] === undefined && config['trace'] === undefined) {
      const [model, recording, open] = [vscode.l10n.t('Choose a Model...'), vscode.l10n.t('Choose a Recording...'), vscode.l10n.t('Open launch.json')]
      const answer = await vscode.window.showErrorMessage(vscode.l10n.t('The configuration "{0}" has neither a {1} nor a {2}.', config.name, 'model', 'trace'), model, recording, open)
      if (answer === open) return null
      const path = answer === model ? await pickModel() : answer === recording ? await pickRecording() : undefined
      return path === undefined ? undefined : this.#complete({ ...config, [answer === model ? 'model' : 'trace']: path.fsPath })
    }
    if (config['model'] === undefined || ['prompt', 'promptFile', 'dataset'].some((name) => config[name] !== undefined)) return config
    const prompt = await vscode.window.showInputBox({ title: vscode.l10n.t('Prompt'), prompt: vscode.l10n.t('Text for the model to continue'), value: 'Once upon a time', ignoreFocusOut: true })
    return prompt === undefined ? undefined : { ...config, prompt }
  }

  async #choose(): Promise<vscode.DebugConfiguration | undefined> {
    const items: (vscode.QuickPickItem & { make: () => Promise<vscode.DebugConfiguration | undefined> })[] = [
      ...currentFile().map((training) => ({ label: training.name, make: () => Promise.resolve(training) })),
      ...samples(this.#extensionFolder).map((sample) => ({ label: sample.name, make: () => Promise.resolve(sample) })),
      { label: vscode.l10n.t('Choose a Recording...'), make: async () => recordingLaunch(await pickRecording()) },
      { label: vscode.l10n.t('Choose a Model...'), make: async () => modelLaunch(await pickModel()) },
    ]
    return (await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('What shall be debugged?') }))?.make()
  }
}

/** F5's list: what can be debugged at once. */
export function dynamicConfigurations(extensionFolder: string): vscode.DebugConfigurationProvider {
  return { provideDebugConfigurations: () => [...currentFile(), ...samples(extensionFolder), attach()] }
}

/** To a training that waits; which one is asked. */
export const attach = (): vscode.DebugConfiguration => ({ type: 'moe', request: 'attach', name: vscode.l10n.t('Training: Attach'), processId: '${command:pickProcess}' })

/** The Python file in the editor as a training, alone and under the debugger of Python too; with the interpreter that the Python extension has chosen, where there is one. */
function currentFile(): vscode.DebugConfiguration[] {
  const document = vscode.window.activeTextEditor?.document
  if (document?.languageId !== 'python' || document.isUntitled) return []
  const interpreter = vscode.extensions.getExtension('ms-python.python') ? { python: '${command:python.interpreterPath}' } : {}
  const launch = { type: 'moe', request: 'launch', program: document.fileName, ...interpreter }
  return [{ ...launch, name: vscode.l10n.t('Training: Current Python File') }, { ...launch, name: 'Python + MoE', debugpy: true }]
}

export const recordingLaunch = (file: vscode.Uri | undefined) =>
  file === undefined ? undefined : { type: 'moe', request: 'launch', name: baseName(file), trace: file.fsPath, stopOnEntry: true }

export const modelLaunch = (folder: vscode.Uri | undefined) =>
  folder === undefined ? undefined : { type: 'moe', request: 'launch', name: baseName(folder), model: folder.fsPath, stopOnEntry: true }

export async function pickRecording(): Promise<vscode.Uri | undefined> {
  return (await vscode.window.showOpenDialog({ title: vscode.l10n.t('Choose a Recording...'), filters: { [vscode.l10n.t('Recordings')]: ['moetrace'] } }))?.[0]
}

export async function pickModel(): Promise<vscode.Uri | undefined> {
  return (await vscode.window.showOpenDialog({ title: vscode.l10n.t('Choose a Model...'), canSelectFiles: false, canSelectFolders: true }))?.[0]
}

const baseName = (uri: vscode.Uri) => uri.path.split('/').at(-1) ?? uri.path
