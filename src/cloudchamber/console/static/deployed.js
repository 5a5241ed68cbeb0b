// Screens of stacks, with their events, and of user pools, with their users and a reader of tokens.

import { Failure, Json, Link, Table, aws, html, useData, useState, when } from './lib.js'

export function Stack({ of }) {
  const load = async () => {
    const [described, resources, events] = await Promise.all([
      aws('cloudformation:DescribeStacks', { StackName: of.arn }, of), aws('cloudformation:DescribeStackResources', { StackName: of.arn }, of),
      aws('cloudformation:DescribeStackEvents', { StackName: of.arn }, of)])
    return { stack: described.Stacks[0], resources: resources.StackResources, events: events.StackEvents.slice(0, 100) }
  }
  const { value, error } = useData(load, [of.arn], 2)
  if (!value) return html`<${Failure} error=${error} />`
  const tone = status => /FAILED|ROLLBACK/.test(status) ? 'bad' : /COMPLETE/.test(status) ? 'good' : 'warn'
  return html`<p class=${tone(value.stack.StackStatus)}>${value.stack.StackStatus} ${value.stack.StackStatusReason || ''}</p>
    <h3>Outputs</h3><${Table} heads=${['name', 'value']} empty="None." rows=${(value.stack.Outputs || []).map(one => [one.OutputKey, one.OutputValue])} />
    <h3>Resources</h3><${Table} heads=${['logical id', 'type', 'status', 'physical id']} rows=${value.resources.map(one => [one.LogicalResourceId, one.ResourceType, html`<span class=${tone(one.ResourceStatus)}>${one.ResourceStatus}</span>`, one.PhysicalResourceId])} />
    <h3>Events</h3><${Table} heads=${['at', 'logical id', 'status', 'reason']} rows=${value.events.map(one => [when(one.Timestamp), one.LogicalResourceId, html`<span class=${tone(one.ResourceStatus)}>${one.ResourceStatus}</span>`, one.ResourceStatusReason || ''])} />`
}

function decoded(token) {
  try {
    return token.split('.').slice(0, 2).map(part => JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(part.replace(/-/g, '+').replace(/_/g, '/')), c => c.charCodeAt(0)))))
  } catch { return null }
}

export function UserPool({ of }) {
  const UserPoolId = of.arn.split('/').pop()
  const users = useData(() => aws('cognito-idp:ListUsers', { UserPoolId, Limit: 60 }, of), [of.arn], 4)
  const groups = useData(() => aws('cognito-idp:ListGroups', { UserPoolId }, of), [of.arn])
  const [token, setToken] = useState('')
  const claims = token && decoded(token.trim())
  const email = user => (user.Attributes || []).find(one => one.Name === 'email')?.Value || ''
  return html`<h3>Users</h3><${Failure} error=${users.error} />
    <${Table} heads=${['username', 'email', 'status', 'since']} empty="Nobody has signed up." rows=${users.value && users.value.Users.map(user => [user.Username, email(user), user.UserStatus, when(user.UserCreateDate)])} />
    ${groups.value?.Groups.length > 0 && html`<h3>Groups</h3><${Table} heads=${['group', 'role']} rows=${groups.value.Groups.map(group => [group.GroupName, group.RoleArn || ''])} />`}
    <h3>Read a token</h3><textarea rows="3" aria-label="A token" placeholder="eyJ…" onInput=${event => setToken(event.target.value)}></textarea>
    ${claims && html`<${Json} value=${claims[1]} /><p class="quiet">Issued ${when(claims[1].iat)}, good until ${when(claims[1].exp)}; key ${claims[0].kid}. The signature is not checked here.</p>`}
    ${token && !claims && html`<p class="bad">That is no JWT.</p>`}`
}
