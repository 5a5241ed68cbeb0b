// An API of API Gateway: where it is, its routes, and a request to try.

import { html, look, useData, useState } from './lib.js'
import { Copy, Failure, Form, Json, Status, Table } from './parts.js'

const V2 = 'AWS::ApiGatewayV2::Api'
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
const id = of => of.arn.split('/').pop()

async function routesOfRest(of) {
  const asked = { restApiId: id(of) }
  const [tree, stages] = await Promise.all([
    look('apigateway:GetResources', { ...asked, limit: 500 }, of), look('apigateway:GetStages', asked, of),
  ])
  const routes = tree.items.flatMap(one => Object.keys(one.resourceMethods || {}).map(method => [method, one.path]))
  return { routes, stages: stages.item.map(stage => stage.stageName) }
}

async function routesOfV2(of) {
  const asked = { ApiId: id(of) }
  const [routes, stages] = await Promise.all([
    look('apigatewayv2:GetRoutes', asked, of), look('apigatewayv2:GetStages', asked, of),
  ])
  const split = route => route.RouteKey.includes(' ') ? route.RouteKey.split(' ') : ['any', route.RouteKey]
  return { routes: routes.Items.map(split), stages: stages.Items.map(stage => stage.StageName) }
}

const headersOf = text => Object.fromEntries(text.split('\n').filter(line => line.includes(':')).map(line => {
  const at = line.indexOf(':')
  return [line.slice(0, at).trim(), line.slice(at + 1).trim()]
}))

export function Api({ of }) {
  const { value, error } = useData(() => of.type === V2 ? routesOfV2(of) : routesOfRest(of), [of.arn])
  return html`<section class="card"><h3>Addresses</h3><${Failure} error=${error} />
      ${value?.stages.map(stage => html`<${Address} of=${of} stage=${stage} />`)}
      ${value && !value.stages.length && html`<p class="quiet">No stage: it is not deployed.</p>`}
      <h3>Routes</h3>
      <${Table} heads=${['method', ['path', 'main']]} rows=${value && value.routes} empty="None yet." /></section>
    ${value?.stages.length > 0 && html`<${Request} of=${of} stages=${value.stages} />`}`
}

function Address({ of, stage }) {
  const path = stage === '$default' ? '' : `/${stage}`
  const address = `http://${id(of)}.execute-api.localhost:${location.port}${path}`
  return html`<p><a href=${address}>${address}</a> <${Copy} text=${address} /></p>`
}

const Options = ({ of }) => of.map(one => html`<option value=${one}>${one}</option>`)

function Request({ of, stages }) {
  const [answer, setAnswer] = useState(null)
  const send = async ({ method, stage, path, headers, body }) => {
    const begun = performance.now()
    const got = await fetch(`/_aws/execute-api/${id(of)}/${stage}${path}`, {
      method, headers: headersOf(headers), body: ['GET', 'HEAD'].includes(method) ? undefined : body,
    })
    const took = performance.now() - begun
    setAnswer({ status: got.status, took, headers: [...got.headers], body: await got.text() })
  }
  return html`<section class="card"><h3>Try it</h3><${Form} label="Send" onSubmit=${send}>
      <label>method<select name="method"><${Options} of=${METHODS} /></select></label>
      <label>stage<select name="stage"><${Options} of=${stages} /></select></label>
      <label style=${{ flex: '1 1 14rem' }}>path<input name="path" value="/" /></label>
      <label class="whole">headers<textarea name="headers" rows="2" placeholder="Authorization: …"></textarea></label>
      <label class="whole">body<textarea name="body" rows="3"></textarea></label><//>
    ${answer && html`<p><${Status} code=${answer.status} /> in ${answer.took.toFixed(1)} ms</p>
      <${Json} value=${answer.body} />
      <${Table} heads=${[['header', 'main'], 'value']} rows=${answer.headers} />`}</section>`
}
