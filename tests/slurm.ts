import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { vi } from 'vitest'
import { freePort } from '../runtimes/ports.ts'

const run = promisify(execFile)

/** Slurm's daemons run as root, and are Debian's slurm-wlm and munge; a CI machine has them. */
export const SLURM_SKIPPED =
  process.env.CI === undefined && (process.getuid?.() !== 0 || !existsSync('/usr/sbin/slurmctld'))

/** A cluster of one node, this machine, in a folder of its own. */
export interface TestSlurm {
  /** What SLURM_CONF must say for Slurm's commands. */
  conf: string
  stop: () => Promise<void>
}

/** Starts Slurm with the authentication it needs; jobs get their turn at once. */
export async function slurmForTests(): Promise<TestSlurm> {
  const folder = await mkdtemp(join(tmpdir(), 'redline-slurm-'))
  // munged refuses a socket that not everybody can reach.
  await chmod(folder, 0o755)
  const at = (name: string) => join(folder, name)
  const [node = 'localhost'] = hostname().split('.')
  const [controller, daemon] = [await freePort(), await freePort()]
  for (const name of ['state', 'spool']) await mkdir(at(name))
  await writeFile(at('munge.key'), randomBytes(1024), { mode: 0o600 })
  await writeFile(
    at('slurm.conf'),
    `ClusterName=redline
SlurmctldHost=${node}(127.0.0.1)
SlurmctldPort=${controller}
SlurmdPort=${daemon}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=${at('munge.sock')}
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
ReturnToService=2
StateSaveLocation=${at('state')}
SlurmdSpoolDir=${at('spool')}
SlurmctldPidFile=${at('slurmctld.pid')}
SlurmdPidFile=${at('slurmd.pid')}
SlurmctldLogFile=${at('slurmctld.log')}
SlurmdLogFile=${at('slurmd.log')}
SlurmdParameters=config_overrides
SchedulerParameters=batch_sched_delay=0,sched_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
KillWait=2
NodeName=${node} NodeAddr=127.0.0.1 CPUs=8 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`,
  )
  const munge = ['key-file=munge.key', 'socket=munge.sock', 'pid-file=munged.pid', 'log-file=munged.log']
  const conf = at('slurm.conf')
  const env = { ...process.env, SLURM_CONF: conf }
  await run('/usr/sbin/munged', [
    '--force',
    ...[...munge, 'seed-file=munged.seed'].map((option) => `--${option.replace('=', `=${folder}/`)}`),
  ])
  await run('/usr/sbin/slurmctld', ['-f', conf], { env })
  await run('/usr/sbin/slurmd', ['-f', conf, '-N', node], { env })
  await vi.waitFor(
    async () => {
      const { stdout } = await run('sinfo', ['--noheader', '--format=%T'], { env })
      if (stdout.trim() !== 'idle') throw new Error(`the node is ${stdout.trim()}`)
    },
    { timeout: 60_000, interval: 200 },
  )
  return {
    conf,
    async stop() {
      for (const name of ['slurmd', 'slurmctld', 'munged']) {
        const pid = Number(await readFile(at(`${name}.pid`), 'utf8'))
        process.kill(pid, 'SIGTERM')
        await vi.waitFor(() => {
          if (existsSync(`/proc/${pid}`)) throw new Error(`${name} still runs`)
        }, 30_000)
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}
