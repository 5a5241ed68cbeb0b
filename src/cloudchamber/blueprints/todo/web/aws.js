// The few calls that the page makes to AWS: Cognito unsigned, the rest signed (Signature Version 4) with the user's own
// temporary credentials. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html

const text = new TextEncoder()
const hex = bytes => [...new Uint8Array(bytes)].map(byte => byte.toString(16).padStart(2, '0')).join('')
const sha256 = async data => hex(await crypto.subtle.digest('SHA-256', data))
const encode = part => encodeURIComponent(part).replace(/[!'()*]/g, c => '%' + c.charCodeAt(0).toString(16).toUpperCase())

async function hmac(key, data) {
  const made = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return crypto.subtle.sign('HMAC', made, text.encode(data))
}

export class AwsError extends Error {
  constructor(code, message, status) {
    super(message || code)
    this.code = code
    this.status = status
  }
}

async function checked(response) {
  if (response.ok) return response
  const body = await response.text()
  let told = {}
  try { told = JSON.parse(body) } catch { told = { __type: body.match(/<Code>(.*?)</)?.[1], message: body.match(/<Message>(.*?)</)?.[1] } }
  const code = (told.__type || told.code || response.headers.get('x-amzn-errortype') || String(response.status)).split('#').pop().split(':')[0]
  throw new AwsError(code, told.message || told.Message, response.status)
}

export class Aws {
  constructor(config) {
    this.config = config
    this.credentials = null // { AccessKeyId, SecretKey, SessionToken }
  }

  // Where a service is: AWS's own addresses, or the one address of the configuration.
  endpoint(service) {
    return this.config.endpoint || `https://${service}.${this.config.region}.amazonaws.com`
  }

  async cognito(service, target, body) {
    const response = await fetch(this.endpoint(service) + '/', {
      method: 'POST', body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/x-amz-json-1.1', 'X-Amz-Target': target },
    })
    return (await checked(response)).json()
  }

  async call(service, method, url, { body = '', headers = {} } = {}) {
    const at = new URL(url)
    const payload = typeof body === 'string' ? text.encode(body) : new Uint8Array(await body.arrayBuffer())
    const stamp = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
    const all = {
      ...headers, host: at.host, 'x-amz-date': stamp, 'x-amz-security-token': this.credentials.SessionToken,
      'x-amz-content-sha256': await sha256(payload),
    }
    const names = Object.keys(all).map(name => name.toLowerCase()).sort()
    const byName = Object.fromEntries(Object.entries(all).map(([name, value]) => [name.toLowerCase(), value]))
    const query = [...at.searchParams].map(([k, v]) => `${encode(k)}=${encode(v)}`).sort().join('&')
    const path = at.pathname.split('/').map(part => encode(decodeURIComponent(part))).join('/')
    const canonical = [
      method, path, query, ...names.map(name => `${name}:${byName[name].trim()}`), '', names.join(';'), all['x-amz-content-sha256'],
    ].join('\n')
    const scope = `${stamp.slice(0, 8)}/${this.config.region}/${service}/aws4_request`
    const toSign = ['AWS4-HMAC-SHA256', stamp, scope, await sha256(text.encode(canonical))].join('\n')
    let key = text.encode('AWS4' + this.credentials.SecretKey)
    for (const part of scope.split('/')) key = await hmac(key, part)
    const signature = hex(await hmac(key, toSign))
    const authorization = `AWS4-HMAC-SHA256 Credential=${this.credentials.AccessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`
    const { host, ...sent } = all
    const response = await fetch(url, { method, body: method === 'GET' || method === 'DELETE' ? undefined : payload, headers: { ...sent, Authorization: authorization } })
    return checked(response)
  }

  async dynamodb(operation, body) {
    const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDB_20120810.${operation}` }
    return (await this.call('dynamodb', 'POST', this.endpoint('dynamodb') + '/', { body: JSON.stringify(body), headers })).json()
  }

  async invoke(name, event) {
    const url = `${this.endpoint('lambda')}/2015-03-31/functions/${encode(name)}/invocations`
    return (await this.call('lambda', 'POST', url, { body: JSON.stringify(event) })).json()
  }

  object(bucket, key) {
    const path = key.split('/').map(encode).join('/')
    return `${this.endpoint('s3')}/${bucket}/${path}`
  }

  async put(bucket, key, file) {
    await this.call('s3', 'PUT', this.object(bucket, key), { body: file, headers: { 'content-type': file.type || 'application/octet-stream' } })
  }

  async get(bucket, key) {
    return (await this.call('s3', 'GET', this.object(bucket, key))).blob()
  }

  async list(bucket, prefix) {
    const url = `${this.endpoint('s3')}/${bucket}?list-type=2&prefix=${encode(prefix)}`
    const body = await (await this.call('s3', 'GET', url)).text()
    return [...new DOMParser().parseFromString(body, 'text/xml').querySelectorAll('Contents > Key')].map(key => key.textContent)
  }
}
