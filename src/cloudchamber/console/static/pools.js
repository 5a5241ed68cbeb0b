// A Cognito user pool: its users and groups, and a reader of tokens.

import { aws, html, look, useData, useState, when } from './lib.js'
import { Act, Failure, Json, Table } from './parts.js'

function decoded(token) {
  const bytes = part => Uint8Array.from(atob(part.replace(/-/g, '+').replace(/_/g, '/')), c => c.charCodeAt(0))
  try {
    return token.split('.').slice(0, 2).map(part => JSON.parse(new TextDecoder().decode(bytes(part))))
  } catch { return null }
}

export function UserPool({ of }) {
  const UserPoolId = of.arn.split('/').pop()
  const users = useData(() => look('cognito-idp:ListUsers', { UserPoolId, Limit: 60 }, of), [of.arn], 4)
  const groups = useData(() => look('cognito-idp:ListGroups', { UserPoolId }, of), [of.arn])
  const email = user => (user.Attributes || []).find(one => one.Name === 'email')?.Value || ''
  const confirm = async Username => {
    await aws('cognito-idp:AdminConfirmSignUp', { UserPoolId, Username }, of)
    users.again()
  }
  const button = user => html`<${Act} class="small" onClick=${() => confirm(user.Username)}>Confirm<//>`
  const rows = users.value?.Users.map(user => [
    user.Username, email(user), user.UserStatus, when(user.UserCreateDate),
    user.UserStatus === 'UNCONFIRMED' ? button(user) : '',
  ])
  const groupRows = groups.value?.Groups.map(group => [group.GroupName, group.RoleArn || ''])
  return html`<section class="card"><h3>Users</h3><${Failure} error=${users.error} />
      <${Table} heads=${[['username', 'main'], 'email', 'status', ['since', 't'], '']} empty="Nobody has signed up."
        rows=${rows} /></section>
    ${groupRows?.length > 0 && html`<section class="card"><h3>Groups</h3>
      <${Table} heads=${[['group', 'main'], 'role']} rows=${groupRows} /></section>`}
    <${Token} />`
}

function Token() {
  const [token, setToken] = useState('')
  const parts = token && decoded(token.trim())
  return html`<section class="card"><h3>Read a token</h3>
    <textarea rows="3" aria-label="A token" placeholder="eyJ…" onInput=${event => setToken(event.target.value)} />
    ${parts && html`<${Json} value=${parts[1]} />
      <p class="quiet">Issued ${when(parts[1].iat)}, good until ${when(parts[1].exp)}; key ${parts[0].kid}.
        The signature is not checked here.</p>`}
    ${token && !parts && html`<p class="bad">That is no JWT.</p>`}</section>`
}
