// A photo at an address of its own. Whether it is shown is for S3 to say: the page asks for whatever the address names,
// with the credentials of whoever is signed in, and shows the refusal as plainly as the picture.

import { $, on, show } from './page.js'
import { aws, config, hasEnded, leave, user } from './session.js'

const PLACE = '#photo/'
const fetched = new Map() // addresses of pictures in this page, by their keys

export const nameOf = key => key.split('/').pop()
export const addressOf = key => PLACE + key.split('/').map(encodeURIComponent).join('/')

// The key that the page's address names; null where it names none.
export function keyHere() {
  if (!location.hash.startsWith(PLACE)) return null
  const named = location.hash.slice(PLACE.length)
  try {
    return decodeURIComponent(named)
  } catch {
    return named // not as we write them: S3 will say what it is
  }
}

export function pictureOf(key) {
  if (!fetched.has(key)) {
    const asked = aws.get(config.attachmentsBucket, key).then(blob => URL.createObjectURL(blob))
    asked.catch(() => fetched.delete(key)) // to be asked again
    fetched.set(key, asked)
  }
  return fetched.get(key)
}

export async function attach(todoId, file) {
  const key = `${user.identityId}/${todoId}/${file.name}`
  fetched.delete(key)
  await aws.put(config.attachmentsBucket, key, file)
}

export async function remove(key) {
  fetched.delete(key)
  await aws.delete(config.attachmentsBucket, key)
}

export async function openPhoto(key) {
  let source
  try {
    source = await pictureOf(key)
  } catch (error) {
    if (hasEnded(error)) throw error
    if (keyHere() === key) refuse(key, error)
    return
  }
  if (keyHere() !== key) return // they went on meanwhile
  $('photo-title').textContent = nameOf(key)
  $('picture').alt = nameOf(key)
  $('picture').src = source
  show('photo')
}

function refuse(key, error) {
  const [title, why] = whyOf(key, error)
  $('refused-title').textContent = title
  $('refused-why').textContent = why
  $('refused-code').textContent = error.code || error.name
  $('refused-message').textContent = error.message
  $('refused-email').textContent = user.email
  $('try-again').hidden = isFinal(error)
  $('other-person').hidden = !isFinal(error)
  show('refused')
}

const isFinal = error => error.status === 403 || error.status === 404

// S3 has decided already; this says it in words. It answers 403, too, for what is not there, to those who may not list.
function whyOf(key, error) {
  if (!isFinal(error)) return ['The photo could not be fetched', 'It may be there in a moment.']
  if (key.startsWith(`${user.identityId}/`)) return ['There is no such photo', 'Your folder has none of that name.']
  return ['You may not see this photo', 'It is in somebody else’s folder, and each user is let into their own only.']
}

on('copy', 'click', async () => {
  await navigator.clipboard.writeText(location.href)
  return 'The link is copied. It opens for you alone.'
})
on('remove', 'click', async () => {
  const key = keyHere()
  if (!confirm(`Delete ${nameOf(key)} for good?`)) return
  await remove(key)
  location.hash = ''
})
on('try-again', 'click', () => openPhoto(keyHere()))
on('other-person', 'click', leave) // the address stays, for whoever signs in next
