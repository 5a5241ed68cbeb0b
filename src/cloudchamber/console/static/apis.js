// An API of API Gateway: where it is, its routes, and a request to try.

import { html, look, useData, useState } from './lib.js'
import { Copy, Failure, Form, Json, Table } from './parts.js'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
const id = of => of.arn.split('/').pop()

async function routesOf(of) {
  if (of.type === 'AWS::ApiGatewayV2::Api') {
    const asked = ['apigatewayv2:GetRoutes', 'apigatewayv2:GetStages'].map(one => look(one, { ApiId: id(of) }, of))
    const [routes, stages] = await Promise.all(asked)
    const split = route => route.RouteKey.includes(' ') ? route.RouteKey.split(' ') : ['any', route.RouteKey]
    return { routes: routes.Items.map(split), stages: stages.Items.map(stage => stage.StageName) }
  }
  const [tree, stages] = await Promise.all([
    look('apigateway:GetResources', { restApiId: id(of), limit: 500 }, of), look('apigateway:GetStages', { restApiId: id(of) }, of)])
  const routes = tree.items.flatMap(one => Object.keys(one.resourceMethods || {}).map(method => [method, one.path]))
  return { routes, stages: stages.item.map(stage => stage.stageName) }
}

const headersOf = text => Object.fromEntries(text.split('\n').filter(line => line.includes(':')).map(line => {
  const at = line.indexOf(':')
  return [line.slice(0, at).trim(), line.slice(at + 1).trim()]
}))

export function Api({ of }) {
  const { value, error } = useData(() => routesOf(of), [of.arn])
  const [answer, setAnswer] = useState(null)
  const send = async ({ method, stage, path, headers, body }) => {
    const begun = performance.now()
    const got = await fetch(`/_aws/execute-api/${id(of)}/${stage}${path}`, {
      method, headers: headersOf(headers), body: ['GET', 'HEAD'].includes(method) ? undefined : body })
    setAnswer({ status: got.status, took: performance.now() - begun, headers: [...got.headers], body: await got.text() })
  }
  const address = stage => `http://${id(of)}.execute-api.localhost:${location.port}${stage === '$default' ? '' : `/${stage}`}`
  return html`<section class="card"><h3>Addresses</h3><${Failure} error=${error} />
      ${value?.stages.map(stage => html`<p><a href=${address(stage)}>${address(stage)}</a> <${Copy} text=${address(stage)} /></p>`)}
      ${value && !value.stages.length && html`<p class="quiet">No stage: it is not deployed.</p>`}
      <h3>Routes</h3><${Table} heads=${['method', ['path', 'main']]} rows=${value && value.routes} empty="None yet." /></section>
    ${value?.stages.length > 0 && html`<section class="card"><h3>Try it</h3><${Form} label="Send" onSubmit=${send}>
      <label>method<select name="method">${METHODS.map(one => html`<option value=${one}>${one}</option>`)}</select></label>
      <label>stage<select name="stage">${value.stages.map(one => html`<option value=${one}>${one}</option>`)}</select></label>
      <label style=${{ flex: '1 1 14rem' }}>path<input name="path" value="/" /></label>
      <label class="whole">headers<textarea name="headers" rows="2" placeholder="Authorization: …"></textarea></label>
      <label class="whole">body<textarea name="body" rows="3"></textarea></label><//>
      ${answer && html`<p><span class="pill ${answer.status >= 400 ? 'bad' : 'good'}">${answer.status}</span> in ${answer.took.toFixed(1)} ms</p>
        <${Json} value=${answer.body} /><${Table} heads=${[['header', 'main'], 'value']} rows=${answer.headers} />`}</section>`}`
}
