// MyTodoList. The address says what is to be seen (the list, or one photo), and signing in leaves it alone: who opens
// a link while signed out is where it leads once they are in.

import { $, attempt, on, say, show } from './page.js'
import { keyHere, openPhoto } from './photo.js'
import { confirmSignUp, expire, identify, leave, sendCode, signIn, signUp, user } from './session.js'
import { focusPhoto, openList } from './todos.js'

let waiting = null // who is about to confirm: { email, password }

async function open(before = null) {
  $('email').hidden = $('sign-out').hidden = !user
  $('email').textContent = user?.email ?? ''
  const key = keyHere()
  $('for-photo').hidden = key === null
  if (!user) return show('signing-in')
  if (key !== null) return openPhoto(key)
  await openList()
  if (before) focusPhoto(before)
}

function confirming(person) {
  waiting = person
  $('waiting').textContent = person.email
  show('confirming')
}

on('sign-in', 'submit', async person => {
  try {
    await signIn(person)
  } catch (error) {
    if (error.code !== 'UserNotConfirmedException') throw error
    await sendCode(person) // the first one may be long gone
    return confirming(person)
  }
  await open()
})
on('sign-up', 'submit', async person => {
  await signUp(person)
  confirming(person)
})
on('confirm', 'submit', async ({ code }) => {
  await confirmSignUp(waiting, code.trim())
  await signIn(waiting)
  await open()
})
on('send-again', 'click', async () => {
  await sendCode(waiting)
  return 'Another code is on its way.'
})
on('to-sign-up', 'click', () => show('signing-up'))
on('to-sign-in', 'click', () => show('signing-in'))
on('sign-out', 'click', () => {
  history.replaceState(null, '', location.pathname) // the next person begins at their list
  return leave()
})

let here = keyHere() // where they come from, when the address changes
addEventListener('hashchange', () => attempt(async () => {
  const before = here
  here = keyHere()
  await open(before)
}))

$('expired').hidden = !sessionStorage.getItem('expired')
sessionStorage.removeItem('expired')
if (user) {
  say('One moment…')
  await identify(user).then(() => attempt(open), expire)
} else {
  open()
}
