import * as vscode from 'vscode'
import type { TraceLevel } from '../daemon/client.ts'
import type { Daemon } from '../daemon/daemon.ts'

/** The debug adapter is the daemon of the window: views and debugger see the same sessions. */
export function adapter(daemon: Daemon): vscode.DebugAdapterDescriptorFactory {
  return { createDebugAdapterDescriptor: async () => new vscode.DebugAdapterNamedPipeServer((await daemon.running()).process.dapEndpoint) }
}

/** Writes the messages of the Debug Adapter Protocol to the log, if the setting wants them. */
export function tracer(log: vscode.LogOutputChannel): vscode.DebugAdapterTrackerFactory {
  return {
    createDebugAdapterTracker(session) {
      const level = vscode.workspace.getConfiguration('moe').get<TraceLevel>('trace', 'off')
      if (level === 'off') return undefined
      const write = (arrow: string, message: { type: string, command?: string, event?: string }) =>
        log.info(`dap ${session.name} ${arrow} ${level === 'verbose' ? JSON.stringify(message) : `${message.type} ${message.command ?? message.event}`}`)
      return {
        onWillReceiveMessage: (message) => write('>', message),
        onDidSendMessage: (message) => write('<', message),
      }
    },
  }
}
