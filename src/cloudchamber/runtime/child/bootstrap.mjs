// Node.js' side of the Runtime API: finds the handler, takes invocations, hands back results and errors, as AWS's
// Runtime Interface Client for Node.js does (github.com/aws/aws-lambda-nodejs-runtime-interface-client).

import dns from 'node:dns'
import fs from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import * as modules from 'node:module'
import path from 'node:path'
import { Writable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { format } from 'node:util'

// Names below `localhost` are this machine (RFC 6761), whatever its resolver says.
const lookup = dns.lookup
dns.lookup = (host, ...more) => lookup(/\.localhost\.?$/.test(host) ? '127.0.0.1' : host, ...more)

// Custom resources answer to a pre-signed URL, and many handlers keep of it no more than host and path, as S3's need.
const secure = https.request
https.request = (...given) => {
  const options = given.find(one => one && typeof one === 'object' && !(one instanceof URL))
  if (!String(options?.path).startsWith('/_cloudformation/callback/')) return secure(...given)
  const { hostname, port } = new URL(process.env.AWS_ENDPOINT_URL)
  return http.request({ ...options, protocol: 'http:', host: hostname, hostname, port }, given.find(one => typeof one === 'function'))
}
modules.syncBuiltinESMExports()

const { createRequire, register } = modules // older versions have no `register`

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':')
const PREFIX = '/2018-06-01/runtime'
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
const STREAM = Symbol.for('aws.lambda.runtime.handler.streaming')
let requestId = ''

function call(method, where, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) }
    const request = http.request(
      { host, port, agent, method, path: PREFIX + where, headers: { 'Content-Type': 'application/json', ...length, ...headers } },
      response => {
        const parts = []
        response.on('data', part => parts.push(part))
        response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(parts) }))
      }
    )
    request.on('error', reject)
    request.end(body)
  })
}

// Output: writeSync, so that all of it is in the pipe before the answer is.
function write(text) {
  let rest = Buffer.from(text)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(fs.writeSync(1, rest))
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error
    }
  }
}

const logsJson = process.env.AWS_LAMBDA_LOG_FORMAT === 'JSON'

function sayJson(level) {
  return (...parts) => {
    const told = { timestamp: new Date().toISOString(), level, requestId }
    const fault = parts.find(part => part instanceof Error)
    told.message = parts.length === 1 && !fault ? parts[0] : format(...parts)
    if (fault) Object.assign(told, { errorType: fault.name, errorMessage: fault.message, stackTrace: String(fault.stack).split('\n').slice(1) })
    write(JSON.stringify(told) + '\n')
  }
}

function say(level) {
  if (logsJson) return sayJson(level)
  return (...parts) => write(`${new Date().toISOString()}\t${requestId || 'undefined'}\t${level}\t${format(...parts).replace(/\n/g, '\r')}\n`)
}

Object.assign(console, {
  log: say('INFO'), info: say('INFO'), warn: say('WARN'), error: say('ERROR'), debug: say('DEBUG'), trace: say('TRACE')
})

function described(error) {
  if (error instanceof Error || (error && error.name && error.message && error.stack)) {
    return {
      errorType: String(error.name), errorMessage: String(error.message), trace: String(error.stack || '').split('\n')
    }
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] }
}

function withDetails(error) {
  return { ...described(error), ...(error && typeof error === 'object' ? error : {}), stack: described(error).trace }
}

async function fail(where, error, label) {
  const shown = described(error)
  say('ERROR')(label, '\t' + JSON.stringify(withDetails(error)))
  await call('POST', where, JSON.stringify(shown), { 'Lambda-Runtime-Function-Error-Type': shown.errorType })
}

class InitError extends Error {
  constructor(name, message) {
    super(message)
    this.name = name
  }
}

async function imported(url) {
  try {
    return await import(url)
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND' || !process.env.NODE_PATH || !register) throw error
    register('./resolve.mjs', import.meta.url)
    return import(`${url}?again`)
  }
}

async function load() {
  const root = process.env.LAMBDA_TASK_ROOT
  const handler = process.env._HANDLER
  const at = path.basename(handler).match(/^([^.]*)\.(.*)$/)
  if (!at) throw new InitError('Runtime.MalformedHandlerName', 'Bad handler')
  const name = path.join(path.dirname(handler), at[1])
  let found
  for (const ending of ['.js', '.mjs', '.cjs', '']) {
    const file = path.resolve(root, name + ending)
    if (!fs.existsSync(file) || fs.statSync(file).isDirectory()) continue
    try {
      found = ending === '.cjs' ? createRequire(file)(file) : await imported(pathToFileURL(file).href)
    } catch (error) {
      if (error instanceof SyntaxError) throw Object.assign(new InitError('Runtime.UserCodeSyntaxError', String(error)), { stack: error.stack })
      if (['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND'].includes(error.code)) throw Object.assign(new InitError('Runtime.ImportModuleError', String(error)), { stack: error.stack })
      throw error
    }
    break
  }
  if (found === undefined) {
    const text = `Error: Cannot find module '${path.basename(name)}'\nRequire stack:\n- /var/runtime/index.mjs`
    throw new InitError('Runtime.ImportModuleError', text)
  }
  let value = at[2].split('.').reduce((from, part) => from && from[part], found)
  if (value === undefined && found.default) value = at[2].split('.').reduce((from, part) => from && from[part], found.default)
  if (value === undefined) throw new InitError('Runtime.HandlerNotFound', `${handler} is undefined or not exported`)
  if (typeof value !== 'function') throw new InitError('Runtime.HandlerNotFound', `${handler} is not a function`)
  return value
}

globalThis.awslambda = {
  streamifyResponse(handler, options) {
    handler[STREAM] = true
    return handler
  },
  HttpResponseStream: {
    from(stream, prelude) {
      stream.setContentType('application/vnd.awslambda.http-integration-response')
      stream.write(JSON.stringify(prelude))
      stream.write(Buffer.alloc(8))
      return stream
    }
  }
}

function responseStream(id) {
  let type = 'application/octet-stream'
  let request
  const opened = () => {
    request ??= http.request({
      host, port, method: 'POST', path: `${PREFIX}/invocation/${id}/response`,
      headers: { 'Content-Type': type, 'Lambda-Runtime-Function-Response-Mode': 'streaming', 'Transfer-Encoding': 'chunked' }
    })
    return request
  }
  const stream = new Writable({
    write(chunk, encoding, done) { opened().write(chunk, done) },
    final(done) {
      const out = opened()
      out.on('response', response => { response.resume(); response.on('end', () => { stream.emit('answered'); done() }) })
      out.end()
    }
  })
  stream.setContentType = given => { type = given }
  return stream
}

function contextOf(headers, finish) {
  const deadline = Number(headers['lambda-runtime-deadline-ms'])
  const json = text => (text ? JSON.parse(text) : undefined)
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: json(headers['lambda-runtime-client-context']),
    identity: json(headers['lambda-runtime-cognito-identity']),
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    getRemainingTimeInMillis: () => deadline - Date.now(),
    done: finish,
    succeed: value => finish(null, value),
    fail: error => finish(error)
  }
}

function run(handler, event, headers) {
  return new Promise((resolve, reject) => {
    const finish = (error, value) => (error !== undefined && error !== null ? reject(error) : resolve(value))
    const context = contextOf(headers, finish)
    const returned = handler(event, context, finish)
    if (returned && typeof returned.then === 'function') returned.then(resolve, reject)
    else if (handler.length < 3 && returned !== undefined) resolve(returned)
    else if (handler.length < 3) process.nextTick(() => setImmediate(() => resolve(null)))
  })
}

async function serve(handler) {
  const { headers, body } = await call('GET', '/invocation/next')
  requestId = headers['lambda-runtime-aws-request-id']
  process.env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'] ?? ''
  const where = `/invocation/${requestId}`
  try {
    const event = JSON.parse(body.toString())
    if (handler[STREAM]) {
      const stream = responseStream(requestId)
      const answered = new Promise(resolve => stream.once('answered', resolve))
      await handler(event, stream, contextOf(headers, () => {}))
      if (!stream.writableEnded) stream.end()
      await answered
      return
    }
    const result = await run(handler, event, headers)
    let text
    try {
      text = result === undefined ? 'null' : JSON.stringify(result) ?? 'null'
    } catch (error) {
      throw Object.assign(new Error('Unable to stringify response body'), { name: 'Runtime.MarshalError' })
    }
    await call('POST', `${where}/response`, text)
  } catch (error) {
    await fail(`${where}/error`, error, 'Invoke Error ')
  }
}

function crash(kind) {
  return async error => {
    const text = kind === 'Runtime.UnhandledPromiseRejection' ? `Error: ${error && error.message ? error.message : error}` : String(error && error.message ? error.message : error)
    const name = kind === 'Runtime.UnhandledPromiseRejection' ? kind : (error && error.name) || 'Error'
    const shown = Object.assign(new Error(text), { name, stack: error && error.stack })
    await fail(requestId ? `/invocation/${requestId}/error` : '/init/error', shown, kind === 'Runtime.UnhandledPromiseRejection' ? 'Unhandled Promise Rejection ' : 'Uncaught Exception ')
    process.exit(kind === 'Runtime.UnhandledPromiseRejection' ? 128 : 129)
  }
}

process.on('uncaughtException', crash(''))
process.on('unhandledRejection', crash('Runtime.UnhandledPromiseRejection'))

let handler
try {
  handler = await load()
} catch (error) {
  await fail('/init/error', error, 'Uncaught Exception ')
  process.exit(1)
}
for (;;) await serve(handler)
