// The few calls that the page makes to AWS: Cognito unsigned, the rest signed (Signature Version 4) with the user's own
// temporary credentials. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html

const text = new TextEncoder()
const hex = bytes => [...new Uint8Array(bytes)].map(byte => byte.toString(16).padStart(2, '0')).join('')
const sha256 = async data => hex(await crypto.subtle.digest('SHA-256', data))
const percent = sign => '%' + sign.charCodeAt(0).toString(16).toUpperCase()
const encode = part => encodeURIComponent(part).replace(/[!'()*]/g, percent)

async function hmac(key, data) {
  const made = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return crypto.subtle.sign('HMAC', made, text.encode(data))
}

class AwsError extends Error {
  constructor(code, message, status) {
    super(message || code)
    this.code = code
    this.status = status
  }
}

// S3 tells errors in XML, the others in JSON.
function told(body) {
  try {
    return JSON.parse(body)
  } catch {
    const error = new DOMParser().parseFromString(body, 'text/xml')
    return { code: error.querySelector('Code')?.textContent, message: error.querySelector('Message')?.textContent }
  }
}

async function checked(response) {
  if (response.ok) return response
  const error = told(await response.text())
  const type = error.__type || error.code || response.headers.get('x-amzn-errortype') || String(response.status)
  throw new AwsError(type.split('#').pop().split(':')[0], error.message || error.Message, response.status)
}

export class Aws {
  constructor(config) {
    this.config = config
    this.credentials = null // { AccessKeyId, SecretKey, SessionToken }, as an identity pool gives them
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

  // The names of `headers` are in lower case, as they are signed.
  async call(service, method, url, { body = '', headers = {} } = {}) {
    const at = new URL(url)
    const payload = typeof body === 'string' ? text.encode(body) : new Uint8Array(await body.arrayBuffer())
    const stamp = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
    const { AccessKeyId, SecretKey, SessionToken } = this.credentials
    const hash = await sha256(payload)
    const sent = { ...headers, 'x-amz-date': stamp, 'x-amz-security-token': SessionToken, 'x-amz-content-sha256': hash }
    const signed = { ...sent, host: at.host } // which the browser sends by itself
    const names = Object.keys(signed).sort()
    const query = [...at.searchParams].map(([k, v]) => `${encode(k)}=${encode(v)}`).sort().join('&')
    const path = at.pathname.split('/').map(part => encode(decodeURIComponent(part))).join('/')
    const lines = names.map(name => `${name}:${signed[name].trim()}`)
    const canonical = [method, path, query, ...lines, '', names.join(';'), hash].join('\n')
    const scope = `${stamp.slice(0, 8)}/${this.config.region}/${service}/aws4_request`
    const toSign = ['AWS4-HMAC-SHA256', stamp, scope, await sha256(text.encode(canonical))].join('\n')
    let key = text.encode('AWS4' + SecretKey)
    for (const part of scope.split('/')) key = await hmac(key, part)
    sent.authorization = `AWS4-HMAC-SHA256 Credential=${AccessKeyId}/${scope}, ` +
      `SignedHeaders=${names.join(';')}, Signature=${hex(await hmac(key, toSign))}`
    return checked(await fetch(url, { method, headers: sent, body: payload.length ? payload : undefined }))
  }

  async dynamodb(operation, body) {
    const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDB_20120810.${operation}` }
    const url = this.endpoint('dynamodb') + '/'
    return (await this.call('dynamodb', 'POST', url, { body: JSON.stringify(body), headers })).json()
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
    const headers = { 'content-type': file.type || 'application/octet-stream' }
    await this.call('s3', 'PUT', this.object(bucket, key), { body: file, headers })
  }

  async get(bucket, key) {
    return (await this.call('s3', 'GET', this.object(bucket, key))).blob()
  }

  async delete(bucket, key) {
    await this.call('s3', 'DELETE', this.object(bucket, key))
  }

  // The keys of up to a thousand objects, which is more photos than a list of todos has.
  async list(bucket, prefix) {
    const url = `${this.endpoint('s3')}/${bucket}?list-type=2&prefix=${encode(prefix)}`
    const found = new DOMParser().parseFromString(await (await this.call('s3', 'GET', url)).text(), 'text/xml')
    return [...found.querySelectorAll('Contents > Key')].map(key => key.textContent)
  }
}
