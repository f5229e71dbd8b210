import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'

/**
 * Encrypts small secrets at rest with AES-256-GCM (NIST SP 800-38D): a random 96-bit nonce, the place where
 * the secret belongs as additional data, and the id of the key, so that keys can be rotated. An envelope that
 * was copied to another place does not open.
 */
export interface Keyring {
  /** `context` names the place, for example `social_accounts/<workspace>/<account>/access`. */
  seal(plaintext: string, context: string): string
  /** Throws `SealBroken` when the envelope was changed, moved, or sealed with an unknown key. */
  open(envelope: string, context: string): string
  /** Ids of the keys that it opens with, the present one first. */
  readonly keyIds: readonly [string, ...string[]]
  /** A password or key for one purpose, always the same for one secret. */
  derive(purpose: string): string
}

export class SealBroken extends Error {
  override readonly name = 'SealBroken'
}

const version = 'v1'
const cipherName = 'aes-256-gcm'
const authTagLength = 16

/** `secrets`: the present one first, then earlier ones that may still have sealed something. */
export function createKeyring(secrets: readonly [string, ...string[]]): Keyring {
  const keys = secrets.map((secret) => {
    const key = Buffer.from(hkdfSync('sha256', secret, '', 'heliograph/seal', 32))
    return { id: createHash('sha256').update(key).digest('hex').slice(0, 8), key }
  })
  const [current] = keys
  if (!current) throw new Error('a keyring needs a secret')

  return {
    keyIds: [current.id, ...keys.slice(1).map(({ id }) => id)],
    seal(plaintext, context) {
      const nonce = randomBytes(12)
      const cipher = createCipheriv(cipherName, current.key, nonce, { authTagLength }).setAAD(
        Buffer.from(context),
      )
      const sealed = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return [version, current.id, nonce.toString('base64url'), sealed.toString('base64url')].join('.')
    },
    open(envelope, context) {
      const [envelopeVersion, keyId, nonce, sealed] = envelope.split('.')
      const key = keys.find(({ id }) => id === keyId)?.key
      if (envelopeVersion !== version || !nonce || !sealed) throw new SealBroken('this is no sealed secret')
      if (!key)
        throw new SealBroken(`sealed with key ${keyId}: put its secret into HELIOGRAPH_PREVIOUS_SECRETS`)
      const bytes = Buffer.from(sealed, 'base64url')
      try {
        // Without the length a shortened tag would be taken, which can be guessed.
        const decipher = createDecipheriv(cipherName, key, Buffer.from(nonce, 'base64url'), { authTagLength })
          .setAAD(Buffer.from(context))
          .setAuthTag(bytes.subarray(-authTagLength))
        return decipher.update(bytes.subarray(0, -authTagLength), undefined, 'utf8') + decipher.final('utf8')
      } catch (cause) {
        throw new SealBroken('the sealed secret was changed or moved', { cause })
      }
    },
    derive(purpose) {
      return Buffer.from(hkdfSync('sha256', secrets[0], '', `heliograph/${purpose}`, 24)).toString(
        'base64url',
      )
    },
  }
}
