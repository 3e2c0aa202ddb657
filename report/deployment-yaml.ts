import { stringify } from 'yaml'

/** Writes YAML for kubectl, Helm and Compose, which read YAML 1.1 too: to them a bare `off` is no text. */
export function deploymentYaml(value: object): string {
  return stringify(value, { compat: 'yaml-1.1', lineWidth: 0, aliasDuplicateObjects: false })
}
