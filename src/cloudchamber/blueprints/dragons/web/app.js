// The dragons: a list with a filter, a form to add and to change one. Who is signed in is the business of auth.js.

import { Auth, SignInFailed } from './auth.js'

const config = await (await fetch('config.json')).json()
const auth = new Auth(config)
const $ = id => document.getElementById(id)
const form = $('form')
let changing = null // the dragon in the form, if it is there already

function say(message) { $('message').textContent = message }

function show() {
  $('stranger').hidden = auth.signedIn
  $('inside').hidden = !auth.signedIn
  $('who').hidden = !auth.signedIn
  $('email').textContent = auth.signedIn ? auth.claims.email : ''
}

// Does something, and says what went wrong.
async function act(work) {
  say('')
  try {
    await work()
  } catch (error) {
    if (error instanceof SignInFailed) show()
    say(error.message)
  }
}

async function api(method, path, body) {
  const ask = async () => fetch(config.apiUrl + path, {
    method, headers: { Authorization: await auth.idToken(), 'Content-Type': 'application/json' },
    body: body && JSON.stringify(body),
  })
  let response = await ask()
  if (response.status === 401) { // the clocks may differ
    await auth.refresh()
    response = await ask()
  }
  const told = await response.json()
  if (response.ok) return told
  const message = told.message || `The answer was ${response.status}.`
  throw new Error([message, told.hint].filter(Boolean).join(' '))
}

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties)
  made.append(...children)
  return made
}

function card(dragon) {
  const name = element('h3', { textContent: dragon.name })
  const family = element('span', { className: `family ${dragon.family}`, textContent: dragon.family })
  const where = element('p', { className: 'where', textContent: `${dragon.city}, ${dragon.country}` })
  const like = element('p', { textContent: dragon.description })
  const change = element('button', { type: 'button', className: 'quiet', textContent: 'Change' })
  change.ariaLabel = `Change ${dragon.name}`
  change.onclick = () => open(dragon)
  return element('li', {}, element('div', { className: 'head' }, name, family), where, like, change)
}

async function reload() {
  const family = $('family').value
  const { dragons } = await api('GET', '/dragons' + (family && `?family=${family}`))
  $('list').replaceChildren(...dragons.map(card))
  $('count').textContent = dragons.length === 1 ? '1 dragon' : `${dragons.length} dragons`
}

function open(dragon) {
  changing = dragon
  form.reset()
  for (const [name, value] of Object.entries(dragon || {})) if (form.elements[name]) form.elements[name].value = value
  $('form-title').textContent = dragon ? `Change ${dragon.name}` : 'Add a dragon'
  $('wrong').textContent = ''
  $('editor').showModal()
}

form.addEventListener('submit', async event => {
  event.preventDefault()
  const save = form.querySelector('[type=submit]')
  save.disabled = true
  try {
    const given = Object.fromEntries(new FormData(form))
    const asked = changing ? ['PUT', `/dragons/${encodeURIComponent(changing.id)}`] : ['POST', '/dragons']
    const made = await api(...asked, given)
    $('editor').close()
    await reload()
    say(changing ? `${made.name} is changed.` : `${made.name} is there.`)
  } catch (error) {
    $('wrong').textContent = error.message
    if (error instanceof SignInFailed) {
      $('editor').close()
      show()
      say(error.message)
    }
  } finally {
    save.disabled = false
  }
})

$('cancel').addEventListener('click', () => $('editor').close())
$('add').addEventListener('click', () => open(null))
$('family').addEventListener('change', () => act(reload))
$('sign-in').addEventListener('click', () => act(() => auth.leave('/oauth2/authorize')))
$('sign-up').addEventListener('click', () => act(() => auth.leave('/signup')))
$('sign-out').addEventListener('click', () => act(() => auth.signOut()))

await act(() => auth.arrive())
show()
if (auth.signedIn) await act(reload)
