// Identity: who called, what IAM decided, what would happen, and the policy that would be enough.

import { Command, Failure, Form, Json, Link, Table, api, aws, html, query, short, useData, useState } from './lib.js'

export function Identity() {
  const chosen = query().principal
  return chosen ? html`<${Suggestion} principal=${chosen} />` : html`<${Everyone} />`
}

function Everyone() {
  const { value, error } = useData(() => api('identity'), [], 4)
  const refused = useData(() => api('traces?errors=1&limit=200'), [], 4)
  const denied = refused.value?.spans.filter(span => span.decision && !span.decision.allowed).slice(0, 30)
  return html`<h2>Identity</h2><${Failure} error=${error} />
    <h3>Who called</h3>
    <${Table} heads=${['principal', ['calls', 'n']]} empty="Nobody yet." rows=${value && value.principals.map(one => [
      html`<${Link} to=${`identity?principal=${encodeURIComponent(one.principal)}`}>${one.principal}<//>`, one.calls])} />
    <h3>Refused lately</h3>
    <${Table} heads=${['at', 'call', 'who', 'why']} empty="Nobody was refused." rows=${denied && denied.map(span => [span.at.slice(11, 19),
      html`<${Link} to=${`calls/${span.request_id}`}>${span.decision.action}<//>`, short(span.principal), `${span.decision.kind.replace('_', ' ')}${span.decision.policy ? ` in ${span.decision.policy}` : ''}`])} />
    <h3>What would happen</h3><${Simulate} /><${Command} text="cloudchamber identity" />`
}

function Simulate() {
  const [results, setResults] = useState(null)
  const run = async ({ principal, action, resource }) => {
    const answer = await aws('iam:SimulatePrincipalPolicy', { PolicySourceArn: principal, ActionNames: action.split(/[ ,]+/), ResourceArns: [resource || '*'] }, { account: principal.split(':')[4] })
    setResults(answer.EvaluationResults)
  }
  return html`<${Form} label="Simulate" onSubmit=${run}>
      <label>user or role (ARN)<input name="principal" size="40" required placeholder="arn:aws:iam::000000000000:role/r" /></label>
      <label>actions<input name="action" required placeholder="s3:GetObject" /></label><label>resource<input name="resource" placeholder="*" /></label><//>
    ${results && html`<${Table} heads=${['action', 'resource', 'decision']} rows=${results.map(one => [one.EvalActionName, one.EvalResourceName,
      html`<span class=${one.EvalDecision === 'allowed' ? 'good' : 'bad'}>${one.EvalDecision}</span>`])} />`}`
}

function Suggestion({ principal }) {
  const { value, error } = useData(() => api(`identity?principal=${encodeURIComponent(principal)}`), [principal])
  if (!value) return html`<${Failure} error=${error} /><p class="quiet">…</p>`
  const denied = Object.entries(value.refused)
  return html`<h2>${principal}</h2>
    <p><${Link} to=${`calls?principal=${encodeURIComponent(principal)}`}>Its calls<//></p>
    <h3>A policy that would have been enough</h3><p class="quiet">From what it was seen to do and was allowed, no more than that.</p><${Json} value=${value.policy} />
    ${denied.length > 0 && html`<h3>What it was refused</h3><${Table} heads=${['resource', 'actions']} rows=${denied.map(([resource, actions]) => [resource, actions.join(', ')])} />`}`
}
