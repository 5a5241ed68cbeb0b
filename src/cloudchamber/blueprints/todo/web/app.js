// MyTodoList: sign up, sign in, todos through the REST API, attachments and preferences straight to the user's own
// folder and item, with the temporary credentials of their identity.

import { Aws } from './aws.js'

const config = await (await fetch('config.json')).json()
const aws = new Aws(config)
const $ = id => document.getElementById(id)
const sections = ['signing-in', 'signing-up', 'confirming', 'todos']
const TARGET = 'AWSCognitoIdentityProviderService.'
let session = JSON.parse(sessionStorage.getItem('session') || 'null') // { email, tokens, identityId }
let waiting = null // who is about to confirm: { email, password }
let todos = []
let preferences = { hideDone: false }

function show(section, message = '') {
  for (const name of sections) $(name).hidden = name !== section
  $('who').hidden = !session
  $('email').textContent = session ? session.email : ''
  say(message)
  $(section).querySelector('input')?.focus()
}

function say(message) { $('message').textContent = message }

// Does what a form asks for, and says what went wrong.
function on(id, event, work) {
  $(id).addEventListener(event, async happened => {
    happened.preventDefault()
    const form = happened.target.closest('form')
    const button = form?.querySelector('button')
    if (button) button.disabled = true
    try {
      await work(form ? Object.fromEntries(new FormData(form)) : {}, form)
    } catch (error) {
      say(error.message)
    } finally {
      if (button) button.disabled = false
    }
  })
}

const cognito = (operation, body) => aws.cognito('cognito-idp', TARGET + operation, { ClientId: config.userPoolClientId, ...body })

async function signIn({ email, password }) {
  const answer = await cognito('InitiateAuth', {
    AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: { USERNAME: email, PASSWORD: password },
  })
  session = { email, tokens: answer.AuthenticationResult }
  await open()
}

// Credentials for the identity behind the tokens: they open the user's own folder and items, and nothing else.
async function identify() {
  const provider = `cognito-idp.${config.region}.amazonaws.com/${config.userPoolId}`
  const Logins = { [provider]: session.tokens.IdToken }
  const target = 'AWSCognitoIdentityService.'
  const { IdentityId } = await aws.cognito('cognito-identity', target + 'GetId', { IdentityPoolId: config.identityPoolId, Logins })
  const { Credentials } = await aws.cognito('cognito-identity', target + 'GetCredentialsForIdentity', { IdentityId, Logins })
  aws.credentials = Credentials
  session.identityId = IdentityId
}

async function open() {
  await identify()
  sessionStorage.setItem('session', JSON.stringify(session))
  const found = await aws.dynamodb('GetItem', { TableName: config.preferencesTable, Key: { owner: { S: session.identityId } } })
  preferences = { hideDone: found.Item?.hideDone?.BOOL || false }
  $('hide-done').checked = preferences.hideDone
  await reload()
  show('todos')
}

async function api(method, path, body) {
  const response = await fetch(config.apiUrl + path, {
    method, headers: { Authorization: session.tokens.IdToken, 'Content-Type': 'application/json' },
    body: body && JSON.stringify(body),
  })
  if (response.status === 401) { signOut(); throw new Error('Please sign in again.') }
  const told = response.status === 204 ? null : await response.json()
  if (!response.ok) throw new Error(told.message || `The answer was ${response.status}.`)
  return told
}

async function reload() {
  todos = (await api('GET', '/todos')).todos
  const keys = await aws.list(config.attachmentsBucket, `${session.identityId}/`)
  for (const todo of todos) todo.attachments = keys.filter(key => key.split('/')[1] === todo.id)
  draw()
}

function draw() {
  const shown = todos.filter(todo => !(preferences.hideDone && todo.done))
  $('nothing').hidden = shown.length > 0
  $('list').replaceChildren(...shown.map(item))
}

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties)
  made.append(...children)
  return made
}

function item(todo) {
  const done = element('input', { type: 'checkbox', checked: todo.done, ariaLabel: `Done: ${todo.title}` })
  done.onchange = () => act(() => api('PUT', `/todos/${todo.id}`, { title: todo.title, done: done.checked }))
  const file = element('input', { type: 'file', accept: 'image/*', hidden: true })
  file.onchange = () => act(() => aws.put(config.attachmentsBucket, `${session.identityId}/${todo.id}/${file.files[0].name}`, file.files[0]))
  const attach = element('button', { type: 'button', textContent: 'Photo', ariaLabel: `Attach a photo to ${todo.title}`, onclick: () => file.click() })
  const remove = element('button', { type: 'button', textContent: 'Delete', ariaLabel: `Delete ${todo.title}` })
  remove.onclick = () => act(() => api('DELETE', `/todos/${todo.id}`))
  const pictures = element('div', { className: 'attachments' })
  for (const key of todo.attachments) picture(key, pictures)
  return element('li', { className: todo.done ? 'done' : '' }, done, element('span', { className: 'title', textContent: todo.title }), attach, remove, file, pictures)
}

async function picture(key, place) {
  const blob = await aws.get(config.attachmentsBucket, key)
  place.append(element('img', { src: URL.createObjectURL(blob), alt: key.split('/').pop() }))
}

async function act(work) {
  try {
    await work()
    await reload()
    say('')
  } catch (error) {
    say(error.message)
  }
}

function signOut() {
  if (session) cognito('RevokeToken', { Token: session.tokens.RefreshToken }).catch(() => {})
  session = null
  sessionStorage.removeItem('session')
  show('signing-in')
}

on('sign-in', 'submit', signIn)
on('sign-up', 'submit', async ({ email, password }) => {
  await cognito('SignUp', { Username: email, Password: password, UserAttributes: [{ Name: 'email', Value: email }] })
  waiting = { email, password }
  show('confirming', `A mail with a code is on its way to ${email}.`)
})
on('confirm', 'submit', async ({ code }) => {
  await cognito('ConfirmSignUp', { Username: waiting.email, ConfirmationCode: code.trim() })
  await signIn(waiting)
})
on('add', 'submit', async ({ title }, form) => {
  await api('POST', '/todos', { title })
  form.reset()
  await reload()
})
on('suggest', 'click', async () => {
  const { suggestion } = await aws.invoke(config.suggestFunction, { known: todos.map(todo => todo.title) })
  $('add').elements.title.value = suggestion
})
on('to-sign-up', 'click', () => show('signing-up'))
on('to-sign-in', 'click', () => show('signing-in'))
on('sign-out', 'click', signOut)
$('hide-done').addEventListener('change', () => act(async () => {
  preferences.hideDone = $('hide-done').checked
  await aws.dynamodb('PutItem', {
    TableName: config.preferencesTable,
    Item: { owner: { S: session.identityId }, hideDone: { BOOL: preferences.hideDone } },
  })
}))

if (session) open().catch(signOut)
else show('signing-in')
