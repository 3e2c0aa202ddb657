import type { FailurePattern } from './diagnose.ts'

/**
 * Failures of PyTorch, CUDA, NCCL and Python that vLLM and SGLang share. The messages were read in the libraries that
 * write them (PyTorch 2.13.0, CUDA runtime 13.0, NCCL of PyTorch 2.13.0) where they could not be seen without a GPU.
 */
export const ACCELERATOR_FAILURES: FailurePattern[] = [
  {
    kind: 'driver',
    pattern:
      /CUDA driver version is insufficient|NVIDIA driver on your system is too old|Insufficient driver:/,
    summary: "the GPU's driver is too old for this build",
    advice: "Update the host's driver, or use an image or a wheel for an older CUDA.",
    source: 'torch/lib/libtorch_python.so, v2.13.0; libcudart.so.13',
  },
  {
    kind: 'driver',
    pattern:
      /Found no NVIDIA driver on your system|system not yet initialized|CUDA driver initialization failed/,
    summary: 'the driver of the GPU is not there or not ready',
    advice: 'See whether `nvidia-smi` works on the host; with NVSwitch the fabric manager must run.',
    source: 'torch/lib/libtorch_python.so, v2.13.0; libcudart.so.13',
  },
  {
    kind: 'no_device',
    pattern: /No CUDA GPUs are available|no CUDA-capable device is detected|invalid device ordinal/,
    summary: 'the engine sees no GPU, or fewer than it was told to use',
    advice:
      'Check that the runtime passes the GPUs on (nvidia-smi inside the container), and the parallel sizes.',
    source: 'torch/lib/libc10_cuda.so, v2.13.0; libcudart.so.13',
  },
  {
    kind: 'unsupported_combination',
    pattern: /no kernel image is available for execution on the device/,
    summary: 'this build has no kernels for this GPU',
    advice: "Use a build for the GPU's compute capability, or another attention or quantisation backend.",
    source: 'libcudart.so.13',
  },
  {
    kind: 'out_of_memory',
    pattern: /CUDA out of memory|CUDA error: out of memory|HIP out of memory|OutOfMemoryError/,
    summary: 'the GPU is out of memory at start',
    advice: 'Lower the share of memory for the KV cache, the context length or the number of sequences.',
    source: 'torch/lib/libc10_cuda.so, v2.13.0',
  },
  {
    kind: 'out_of_memory',
    pattern: /DefaultCPUAllocator: can't allocate memory|\bMemoryError\b|Cannot allocate memory/,
    summary: 'the host is out of memory',
    advice: 'Lower the space of the KV cache or the context length, or raise the memory limit.',
    source: 'torch/lib/libc10.so, v2.13.0; Python and errno ENOMEM',
  },
  {
    kind: 'disk_full',
    pattern: /No space left on device/,
    summary: 'a disk is full',
    advice:
      "Free space where models and compile caches lie; in a container raise the runtime's sharedMemory when it names /dev/shm.",
    source: 'errno ENOSPC, as Python and NCCL write it',
  },
  {
    kind: 'crash',
    pattern: /an illegal memory access was encountered|device-side assert triggered|CUDA error: misaligned/,
    summary: 'a kernel of the engine failed on the GPU',
    advice:
      'A fault of the engine with these parameters: try another attention backend, or without CUDA graphs.',
    source: 'libcudart.so.13',
  },
  {
    kind: 'crash',
    pattern: /NCCL error|unhandled cuda error|ncclUnhandledCudaError|ncclSystemError|unhandled system error/,
    summary: 'the GPUs could not talk to each other (NCCL)',
    advice: "Raise the runtime's sharedMemory, run with NCCL_DEBUG=INFO, or lower the parallel sizes.",
    source: 'torch/lib/libtorch_cuda.so, v2.13.0',
  },
  {
    kind: 'port_in_use',
    pattern: /\[Errno 98\]|[Aa]ddress already in use/,
    summary: 'the port was taken by another program',
    advice: 'Nothing to change: it is started again on another port.',
    source: 'seen: vLLM 0.32.0, CPU',
  },
]
