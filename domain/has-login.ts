/** Says whether an address has a user name or a password in it; what is no address has none. */
export function hasLogin(address: string): boolean {
  const url = URL.parse(address)
  return url !== null && (url.username !== '' || url.password !== '')
}
