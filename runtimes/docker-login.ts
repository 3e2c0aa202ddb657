import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { z } from 'zod'

/** Where `docker login` keeps what it is told for images without a registry in their name. */
const DOCKER_HUB = 'https://index.docker.io/v1/'

/** The file that `docker login` writes, as far as it is about logins. */
const ConfigFile = z.object({
  auths: z
    .record(z.string(), z.object({ auth: z.string().optional(), identitytoken: z.string().optional() }))
    .default({}),
  credsStore: z.string().optional(),
  credHelpers: z.record(z.string(), z.string()).default({}),
})

/** What a credential helper prints (docker-credential-helpers). */
const HelperAnswer = z.object({ Username: z.string(), Secret: z.string() })
/** By this user name a helper says that the secret is a token. */
const TOKEN_USER = '<token>'

/** Credentials as Docker's API takes them with a pull. */
export type RegistryLogin = { serveraddress: string } & (
  { username: string; password: string } | { identitytoken: string }
)

/**
 * Returns the login for an image's registry that `docker login` left on this host, in its file or with a credential
 * helper; null when there is none. The Docker engine itself knows of no logins: each client brings them.
 */
export async function loginFor(image: string): Promise<RegistryLogin | null> {
  const serveraddress = registryOf(image)
  const config = await readConfig()
  if (config === null) return null
  const helper = config.credHelpers[serveraddress] ?? config.credsStore
  if (helper !== undefined) return askHelper(helper, serveraddress)
  const { auth, identitytoken } = config.auths[serveraddress] ?? {}
  if (identitytoken !== undefined) return { serveraddress, identitytoken }
  const [, username, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(auth ?? '', 'base64').toString()) ?? []
  return username === undefined || password === undefined ? null : { serveraddress, username, password }
}

/** Returns the registry of an image's name: its first part, when that is an address and not a folder of Docker Hub. */
export function registryOf(image: string): string {
  const [first = '', ...more] = image.split('/')
  return more.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : DOCKER_HUB
}

async function readConfig(): Promise<z.infer<typeof ConfigFile> | null> {
  try {
    const file = join(process.env.DOCKER_CONFIG ?? join(homedir(), '.docker'), 'config.json')
    return ConfigFile.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return null
  }
}

async function askHelper(helper: string, serveraddress: string): Promise<RegistryLogin | null> {
  try {
    const child = spawn(`docker-credential-${helper}`, ['get'], { stdio: ['pipe', 'pipe', 'ignore'] })
    const missing = new Promise<never>((_, reject) => child.once('error', reject))
    child.stdin.on('error', () => undefined).end(serveraddress)
    const { Username: username, Secret: secret } = HelperAnswer.parse(
      JSON.parse(await Promise.race([text(child.stdout), missing])),
    )
    return username === TOKEN_USER
      ? { serveraddress, identitytoken: secret }
      : { serveraddress, username, password: secret }
  } catch {
    return null
  }
}
