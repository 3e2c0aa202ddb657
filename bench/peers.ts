export async function runPeers(_start: unknown, _folder: string): Promise<void> {}
