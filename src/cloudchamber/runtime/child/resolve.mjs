// Lets `import` find packages in the folders of NODE_PATH, as Lambda's Node.js runtimes do: `require` does by itself.

import { pathToFileURL } from 'node:url'

export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context)
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND' || /^[./]|^[a-z]+:/.test(specifier)) throw error
    for (const folder of (process.env.NODE_PATH || '').split(':').filter(Boolean)) {
      try {
        return await next(specifier, { ...context, parentURL: pathToFileURL(`${folder}/../from.mjs`).href })
      } catch {}
    }
    throw error
  }
}
