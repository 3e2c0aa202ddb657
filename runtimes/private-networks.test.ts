import { expect, test } from 'vitest'
import { guardedPlace, PrivateNetworkError } from './private-networks.ts'

const reach = (address: string) => () => guardedPlace(new URL(`http://[${address}]/`), [])

test.each([
  ['loopback', '::1'],
  ['IPv4 loopback, mapped', '::ffff:127.0.0.1'],
  ['IPv4 loopback, compatible', '::127.0.0.1'],
  ['a private IPv4 address, compatible', '::192.168.1.1'],
  ['IPv4 loopback by 6to4', '2002:7f00:1::'],
  ['a private IPv4 address by 6to4, with a host after it', '2002:0a01:0203:4::5'],
  ['the metadata of a cloud by 6to4', '2002:a9fe:a9fe::1'],
  ['IPv4 loopback by NAT64', '64:ff9b::127.0.0.1'],
  ['a local NAT64', '64:ff9b:1::a00:1'],
  ['IPv4 loopback, translated', '::ffff:0:127.0.0.1'],
  ['IPv4 loopback by Teredo', '2001:0:7f00:1::'],
  ['what documents are to name', '2001:db8::1'],
  ['site-local', 'fec0::1'],
  ['site-local, at its end', 'feff::1'],
  ['unique local', 'fd00::1'],
])('%s is private: %s', (_what, address) => {
  expect(reach(address)).toThrow(PrivateNetworkError)
})

test.each([
  ['a public address', '2606:4700:4700::1111'],
  ['a public IPv4 address, mapped', '::ffff:1.1.1.1'],
  ['a public IPv4 address, compatible', '::1.1.1.1'],
  ['a public IPv4 address by 6to4', '2002:101:101::1'],
  ['what is after the local NAT64', '64:ff9b:2::1'],
  ['what is after Teredo', '2001:4860:4860::8888'],
])('%s is not: %s', (_what, address) => {
  expect(reach(address)).not.toThrow()
})
