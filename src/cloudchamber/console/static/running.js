// Screens of what runs: a function with its log, an API to try.

import { Failure, Form, Json, Table, aws, html, text64, useData, useState } from './lib.js'

export function Function_({ of }) {
  const [answer, setAnswer] = useState(null)
  const logs = useData(() => aws('logs:FilterLogEvents', { logGroupName: `/aws/lambda/${of.name}`, startTime: Date.now() - 7 * 86400e3, limit: 200 }, of).catch(() => ({ events: [] })), [of.arn], 3)
  const invoke = async ({ payload }) => {
    const made = await aws('lambda:Invoke', { FunctionName: of.name, Payload: payload || '{}', LogType: 'Tail' }, of)
    setAnswer(made)
    logs.again()
  }
  return html`<h3>Invoke</h3>
    <${Form} label="Invoke" onSubmit=${invoke}><label style=${{ width: '100%' }}>event (JSON)<textarea name="payload" rows="3">{}</textarea></label><//>
    ${answer && html`<p class=${answer.FunctionError ? 'bad' : 'good'}>${answer.FunctionError || 'answered'}</p><${Json} value=${text64(answer.Payload)} /><${Json} value=${text64(answer.LogResult)} />`}
    <h3>Log</h3><${Json} value=${logs.value?.events.slice(-60).map(event => event.message.trimEnd()).join('\n') || 'Nothing was logged, or the role may not write logs.'} />`
}

async function routesOf(of) {
  if (of.type === 'AWS::ApiGatewayV2::Api') {
    const [routes, stages] = await Promise.all([aws('apigatewayv2:GetRoutes', { ApiId: id(of) }, of), aws('apigatewayv2:GetStages', { ApiId: id(of) }, of)])
    const split = route => route.RouteKey.includes(' ') ? route.RouteKey.split(' ') : ['', route.RouteKey]
    return { routes: routes.Items.map(split), stages: stages.Items.map(stage => stage.StageName) }
  }
  const [tree, stages] = await Promise.all([aws('apigateway:GetResources', { restApiId: id(of), limit: 500 }, of), aws('apigateway:GetStages', { restApiId: id(of) }, of)])
  const routes = tree.items.flatMap(one => Object.keys(one.resourceMethods || {}).map(method => [method, one.path]))
  return { routes, stages: stages.item.map(stage => stage.stageName) }
}

const id = of => of.arn.split('/').pop()

export function Api({ of }) {
  const { value, error } = useData(() => routesOf(of), [of.arn])
  const [answer, setAnswer] = useState(null)
  const send = async ({ method, stage, path, headers, body }) => {
    const given = Object.fromEntries(headers.split('\n').filter(line => line.includes(':')).map(line => [line.slice(0, line.indexOf(':')).trim(), line.slice(line.indexOf(':') + 1).trim()]))
    const begun = performance.now()
    const got = await fetch(`/_aws/execute-api/${id(of)}/${stage}${path}`, { method, headers: given, body: ['GET', 'HEAD'].includes(method) ? undefined : body })
    setAnswer({ status: got.status, ms: performance.now() - begun, headers: [...got.headers], body: await got.text() })
  }
  return html`<h3>Routes</h3><${Failure} error=${error} />
    <${Table} heads=${['method', 'path']} rows=${value && value.routes} empty="None yet." />
    ${value?.stages.length > 0 && html`<h3>Try it</h3><${Form} label="Send" onSubmit=${send}>
      <label>method<select name="method">${['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map(one => html`<option value=${one}>${one}</option>`)}</select></label>
      <label>stage<select name="stage">${value.stages.map(one => html`<option value=${one}>${one}</option>`)}</select></label>
      <label>path<input name="path" value="/" size="30" /></label>
      <label style=${{ width: '100%' }}>headers<textarea name="headers" rows="2" placeholder="Authorization: …"></textarea></label>
      <label style=${{ width: '100%' }}>body<textarea name="body" rows="3"></textarea></label><//>`}
    ${answer && html`<p class=${answer.status >= 400 ? 'bad' : 'good'}>${answer.status} in ${answer.ms.toFixed(1)} ms</p><${Json} value=${answer.body} /><${Table} heads=${['header', 'value']} rows=${answer.headers} />`}`
}
