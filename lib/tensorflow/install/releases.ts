/**
 * The pinned releases that set-up installs: one for each platform and flavour.
 *
 * @module
 */

/** Whether a build of TensorFlow computes on CUDA devices too. */
export type Flavour = "cpu" | "cuda";

/** The version of TensorFlow that DNA is made for. */
export const TENSORFLOW_VERSION = "2.21.0";

/** What to fetch for one platform and flavour. */
export interface Release {
  /** Whether it computes on CUDA devices too. */
  flavour: Flavour;
  /** Requirements in pip's notation, exact versions, TensorFlow first. */
  requirements: string[];
  /** Platform tags that the wheels carry. */
  tags: string[];
  /** Bytes to download. */
  download: number;
  /** Bytes of the files that are kept. */
  installed: number;
}

// TensorFlow's `and-cuda` extra allows ranges; these are one release of CUDA (12.8) and what belongs to it.
const CUDA = [
  "nvidia-cublas-cu12==12.8.4.1",
  "nvidia-cuda-cupti-cu12==12.8.90",
  "nvidia-cuda-nvcc-cu12==12.8.93",
  "nvidia-cuda-nvrtc-cu12==12.8.93",
  "nvidia-cuda-runtime-cu12==12.8.90",
  "nvidia-cudnn-cu12==9.10.2.21",
  "nvidia-cufft-cu12==11.3.3.83",
  "nvidia-curand-cu12==10.3.9.90",
  "nvidia-cusolver-cu12==11.7.3.90",
  "nvidia-cusparse-cu12==12.5.8.93",
  "nvidia-nccl-cu12==2.27.7",
  "nvidia-nvjitlink-cu12==12.8.93",
];

const RELEASES: Record<string, Release[]> = {
  "linux-x86_64": [{
    flavour: "cpu",
    requirements: [`tensorflow-cpu==${TENSORFLOW_VERSION}`],
    tags: ["manylinux_2_27_x86_64"],
    download: 274_000_871,
    installed: 853_775_914,
  }, {
    flavour: "cuda",
    requirements: [`tensorflow==${TENSORFLOW_VERSION}`, ...CUDA],
    tags: ["manylinux_2_27_x86_64", "manylinux_2_17_x86_64", "manylinux_2_12_x86_64"],
    download: 3_187_351_229,
    installed: 4_940_808_927,
  }],
  "linux-aarch64": [{
    flavour: "cpu",
    requirements: [`tensorflow==${TENSORFLOW_VERSION}`],
    tags: ["manylinux_2_27_aarch64"],
    download: 281_946_471,
    installed: 883_529_186,
  }],
  "darwin-aarch64": [{
    flavour: "cpu",
    requirements: [`tensorflow==${TENSORFLOW_VERSION}`],
    tags: ["macosx_12_0_arm64"],
    download: 223_488_205,
    installed: 741_272_602,
  }],
};

/**
 * The release for a platform.
 *
 * @param platform Operating system and processor, as in `linux-x86_64`.
 * @param flavour Whether it must compute on CUDA devices.
 * @throws {Error} if TensorFlow has no build for that.
 */
export function chooseRelease(platform: string, flavour: Flavour): Release {
  const releases = RELEASES[platform];
  if (!releases) {
    const instead = platform.startsWith("windows-") ? "; use WSL2, which is Linux on Windows" : "";
    throw new Error(
      `TensorFlow ${TENSORFLOW_VERSION} cannot be set up on ${platform}${instead}: ` +
        `it has builds for ${Object.keys(RELEASES).join(", ")}`,
    );
  }
  const release = releases.find((release) => release.flavour === flavour);
  if (!release) {
    throw new Error(
      `TensorFlow ${TENSORFLOW_VERSION} has no CUDA build for ${platform}: set it up with --cpu`,
    );
  }
  return release;
}
