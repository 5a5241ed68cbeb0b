// Who is signed in, and what they may use: the REST API with their ID token, the rest of AWS with the temporary
// credentials of their identity. The session is kept for as long as the tab is open.

import { Aws } from './aws.js'

const TARGET = 'AWSCognitoIdentityProviderService.'
const ENDED = ['ExpiredToken', 'ExpiredTokenException']

export const config = await (await fetch('config.json')).json()
export const aws = new Aws(config)
export let user = JSON.parse(sessionStorage.getItem('session') || 'null') // { email, tokens, identityId }

const users = (operation, body) =>
  aws.cognito('cognito-idp', TARGET + operation, { ClientId: config.userPoolClientId, ...body })
const identities = (operation, body) =>
  aws.cognito('cognito-identity', 'AWSCognitoIdentityService.' + operation, body)

export const signUp = ({ email, password }) =>
  users('SignUp', { Username: email, Password: password, UserAttributes: [{ Name: 'email', Value: email }] })
export const confirmSignUp = ({ email }, code) => users('ConfirmSignUp', { Username: email, ConfirmationCode: code })
export const sendCode = ({ email }) => users('ResendConfirmationCode', { Username: email })

export async function signIn({ email, password }) {
  const answer = await users('InitiateAuth', {
    AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: { USERNAME: email, PASSWORD: password },
  })
  await identify({ email, tokens: answer.AuthenticationResult })
}

// Credentials for the identity behind the tokens: they open the user's own folder and item, and nothing else.
export async function identify({ email, tokens }) {
  const Logins = { [`cognito-idp.${config.region}.amazonaws.com/${config.userPoolId}`]: tokens.IdToken }
  const { IdentityId } = await identities('GetId', { IdentityPoolId: config.identityPoolId, Logins })
  aws.credentials = (await identities('GetCredentialsForIdentity', { IdentityId, Logins })).Credentials
  user = { email, tokens, identityId: IdentityId }
  sessionStorage.setItem('session', JSON.stringify(user))
}

export const hasEnded = error => error.status === 401 || ENDED.includes(error.code)

// Out, to a fresh page: nothing that one person saw stays in it for the next.
export async function leave() {
  const left = user
  sessionStorage.removeItem('session')
  // A token that cannot be revoked has expired already, or will.
  if (left) await users('RevokeToken', { Token: left.tokens.RefreshToken }).catch(() => {})
  location.reload()
}

export function expire() {
  sessionStorage.setItem('expired', 'yes') // for the fresh page to say
  return leave()
}

export async function api(method, path, body) {
  const headers = { Authorization: user.tokens.IdToken, 'Content-Type': 'application/json' }
  const response = await fetch(config.apiUrl + path, { method, headers, body: body && JSON.stringify(body) })
  const told = response.status === 204 ? null : await response.json()
  if (response.ok) return told
  const error = new Error(told.message || `The answer was ${response.status}.`)
  throw Object.assign(error, { status: response.status })
}
