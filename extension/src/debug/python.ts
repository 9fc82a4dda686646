import * as vscode from 'vscode'

/** Of the extensions that bring the debugger `debugpy`. */
const debuggers = ['ms-python.debugpy', 'ms-python.python']

export const hasPythonDebugger = (): boolean => debuggers.some((id) => vscode.extensions.getExtension(id) !== undefined)

/**
 * Python and MoE in one run: the daemon waits for the probe and says with which variables the program is to be started, the debugger of the Python extension starts it. Either session ends the
 * other: ours is the parent.
 */
export function pythonSessions(): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.debug.onDidReceiveDebugSessionCustomEvent(async ({ session, event, body }) => {
      if (session.type !== 'moe' || event !== 'moeProgramWanted') return
      const { program, module, args, python, env, cwd, debugpy } = session.configuration
      const given = { program, module, args, python, cwd, ...(typeof debugpy === 'object' ? debugpy : {}), env: { ...env, ...(body as { env: Record<string, string> }).env } }
      const config = { type: 'debugpy', request: 'launch', name: `${session.name}: Python`, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) }
      const started = await vscode.debug.startDebugging(session.workspaceFolder, config as vscode.DebugConfiguration, { parentSession: session, lifecycleManagedByParent: true })
      if (!started) await vscode.debug.stopDebugging(session)
    }),
    vscode.debug.onDidTerminateDebugSession(async (ended) => {
      if (ended.type === 'debugpy' && ended.parentSession?.type === 'moe') await vscode.debug.stopDebugging(ended.parentSession)
    }))
}
