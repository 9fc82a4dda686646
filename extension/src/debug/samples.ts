import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as vscode from 'vscode'

const prompt = 'One morning, Anna went to the garden with her friend Tom. Anna was hungry, so'

/** The configurations of what comes with the extension: each stops by itself within the first run. */
export function samples(extensionFolder: string): readonly vscode.DebugConfiguration[] {
  const folder = join(extensionFolder, 'samples')
  const launch = { type: 'moe', request: 'launch', breakpoints: ['L3 if position > 4 && entropy < 0.2'] }
  const all: readonly vscode.DebugConfiguration[] = [
    { ...launch, name: vscode.l10n.t('Sample recording'), trace: join(folder, 'olmoe-tiny.moetrace') },
    { ...launch, name: vscode.l10n.t('Sample model'), model: join(folder, 'olmoe-tiny'), prompt },
  ]
  return all.filter((sample) => existsSync(sample['trace'] ?? sample['model']))
}
