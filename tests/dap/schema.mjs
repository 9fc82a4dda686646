// A JSON schema of every message that an adapter may send, derived from the declarations of @vscode/debugprotocol.
// It is a closed world: a key that the declarations do not name is an error.
import { Ajv } from 'ajv'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import ts from 'typescript'

const require = createRequire(import.meta.url)
const INT32 = 2147483647

/** {definitions, commands, events}: a schema for each interface and alias, and the names that messages may carry. */
export function derive(path = require.resolve('@vscode/debugprotocol/lib/debugProtocol.d.ts')) {
  const text = readFileSync(path, 'utf8')
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const body = file.statements.find(ts.isModuleDeclaration).body.statements
  const interfaces = new Map(body.filter(ts.isInterfaceDeclaration).map((node) => [node.name.text, node]))
  const definitions = {}
  for (const node of body.filter(ts.isTypeAliasDeclaration)) definitions[node.name.text] = schemaOf(node.type, '', '')
  for (const [name, node] of interfaces) definitions[name] = objectOf(members(node), OPEN.has(name))

  /** An interface's members with those that it inherits; its own come last and replace inherited ones. */
  function members(node) {
    const inherited = (node.heritageClauses ?? []).flatMap((clause) => clause.types).flatMap((type) => members(interfaces.get(type.expression.text)))
    return [...inherited, ...node.members]
  }
  const named = (word) => [...text.matchAll(new RegExp(`// ${word}: '(\\w+)';`, 'g'))].map((match) => match[1])
  return { definitions, commands: named('command'), events: named('event') }
}

/** What an adapter defines for itself: its launch and attach arguments. */
const OPEN = new Set(['LaunchRequestArguments', 'AttachRequestArguments'])

function objectOf(members, open) {
  const schema = { type: 'object', properties: {}, required: new Set(), additionalProperties: open }
  for (const member of members) {
    if (ts.isIndexSignatureDeclaration(member)) {
      schema.additionalProperties = schemaOf(member.type, '', '')
      continue
    }
    const name = member.name.text
    const doc = ts.getJSDocCommentsAndTags(member).map((comment) => comment.getText()).join(' ')
    schema.properties[name] = schemaOf(member.type, name, doc)
    schema.required[member.questionToken ? 'delete' : 'add'](name)
  }
  return { ...schema, required: [...schema.required] }
}

function schemaOf(type, name, doc) {
  if (ts.isParenthesizedTypeNode(type)) return schemaOf(type.type, name, doc)
  if (ts.isArrayTypeNode(type)) return { type: 'array', items: schemaOf(type.elementType, name, doc) }
  if (ts.isTypeLiteralNode(type)) return objectOf(type.members, false)
  if (ts.isTypeReferenceNode(type)) return { $ref: '#/definitions/' + type.typeName.getText() }
  if (ts.isLiteralTypeNode(type)) return type.literal.kind === ts.SyntaxKind.NullKeyword ? { type: 'null' } : { const: type.literal.text }
  if (ts.isUnionTypeNode(type)) return unionOf(type.types, name, doc)
  switch (type.kind) {
    case ts.SyntaxKind.StringKeyword: return { type: 'string' }
    case ts.SyntaxKind.BooleanKeyword: return { type: 'boolean' }
    case ts.SyntaxKind.NumberKeyword: return numberOf(name, doc)
    case ts.SyntaxKind.AnyKeyword: return name === 'body' ? NOTHING : {}
    default: throw new Error(`The declarations use a type that is not known here: ${type.getText()}`)
  }
}

/** A body that no declaration describes is an acknowledgement: there is nothing to put into it. */
const NOTHING = { type: 'object', properties: {}, additionalProperties: false }

/** `'a' | 'b' | string` is any string: its values are examples. */
function unionOf(types, name, doc) {
  const open = types.some((type) => type.kind === ts.SyntaxKind.StringKeyword)
  const closed = types.filter((type) => !open || !ts.isLiteralTypeNode(type) || type.literal.kind === ts.SyntaxKind.NullKeyword)
  return closed.length === 1 ? schemaOf(closed[0], name, doc) : { anyOf: closed.map((type) => schemaOf(type, name, doc)) }
}

/** The protocol's numbers are integers, except percentages. Ranges are what the declarations say in words, and what a count, a position or a reference is. */
function numberOf(name, doc) {
  const range = /value range: (\d+) to (\d+)/.exec(doc)
  if (range) return { type: 'number', minimum: Number(range[1]), maximum: Number(range[2]) }
  const reference = /Reference$|Variables$|^totalFrames$|^totalModules$/.test(name)
  const positive = name === 'seq' || name === 'request_seq'
  const natural = reference || /^(line|endLine|column|endColumn|start|length|offset|unreadableBytes|bytesWritten|indexedVariables|namedVariables)$/.test(name)
  return {
    type: 'integer',
    minimum: positive ? 1 : natural ? 0 : -Number.MAX_SAFE_INTEGER,
    maximum: reference || doc.includes('2147483647') ? INT32 : Number.MAX_SAFE_INTEGER,
  }
}

/** A function from a message of the adapter to what is wrong with it, in words; an empty list is a good message. `custom` names events of the adapter's own. */
export function validator({ custom = [] } = {}) {
  const { definitions, commands, events } = derive()
  const ajv = new Ajv({ allErrors: true, strict: true, strictTypes: false, schemas: [{ $id: 'dap', definitions }] })
  const find = (name) => definitions[name] && ajv.getSchema('dap#/definitions/' + name)
  const capital = (word) => word[0].toUpperCase() + word.slice(1)

  return (message) => {
    if (typeof message !== 'object' || message === null || Array.isArray(message)) return ['is no object']
    const { type, command, event } = message
    if (type === 'event' && custom.includes(event)) return []
    let name
    if (type === 'event' && events.includes(event)) name = capital(event) + 'Event'
    else if (type === 'request' && ['runInTerminal', 'startDebugging'].includes(command)) name = capital(command) + 'Request'
    else if (type === 'response' && message.success === false) name = 'ErrorResponse'
    else if (type === 'response' && commands.includes(command)) name = capital(command) + 'Response'
    else return [`there is no ${type} '${event ?? command}' that an adapter may send`]
    const check = find(name)
    return check(message) ? [] : check.errors.map(({ instancePath, message, params }) => `is no ${name}: ${instancePath || '/'} ${message}${params.additionalProperty ? ` '${params.additionalProperty}'` : ''}`)
  }
}
