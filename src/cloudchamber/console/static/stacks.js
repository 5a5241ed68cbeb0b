// A CloudFormation stack: its outputs, its resources, and what happened to it.

import { look, html, useData, when } from './lib.js'
import { Link, Table, Waiting } from './parts.js'

const EVENTS_MAX = 100
const ASKED = ['DescribeStacks', 'DescribeStackResources', 'DescribeStackEvents']
const tone = status => /FAILED|ROLLBACK/.test(status) ? 'bad' : /COMPLETE/.test(status) ? 'good' : 'warn'
const Pill = ({ status }) => html`<span class="pill ${tone(status)}">${status}</span>`

export function Stack({ of }) {
  const load = () => Promise.all(ASKED.map(one => look(`cloudformation:${one}`, { StackName: of.arn }, of)))
  const { value, error } = useData(load, [of.arn], 2)
  if (!value) return html`<${Waiting} error=${error} />`
  const [{ Stacks: [stack] }, { StackResources }, { StackEvents }] = value
  return html`<p><${Pill} status=${stack.StackStatus} /> ${stack.StackStatusReason || ''}
      <${Link} to=${`?${new URLSearchParams({ stack: of.name })}`}>Its architecture<//></p>
    <section class="card"><h3>Outputs</h3>
      <${Table} heads=${[['name', 'main'], 'value', 'what']} empty="None."
        rows=${(stack.Outputs || []).map(outputRow)} /></section>
    <section class="card"><h3>Resources</h3>
      <${Table} heads=${[['logical id', 'main'], 'type', 'status', 'physical id']}
        rows=${StackResources.map(resourceRow)} /></section>
    <section class="card"><h3>Events</h3>
      <${Table} heads=${[['at', 't'], ['logical id', 'main'], 'status', 'reason']}
        rows=${StackEvents.slice(0, EVENTS_MAX).map(eventRow)} /></section>`
}

const outputRow = one => [one.OutputKey, one.OutputValue, one.Description || '']

const resourceRow = one =>
  [one.LogicalResourceId, one.ResourceType, html`<${Pill} status=${one.ResourceStatus} />`, one.PhysicalResourceId]

const eventRow = one => [
  when(one.Timestamp), one.LogicalResourceId, html`<${Pill} status=${one.ResourceStatus} />`,
  one.ResourceStatusReason || '',
]
