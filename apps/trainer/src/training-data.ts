/**
 * The training data of a child. The last used split is kept: it is half a gigabyte, and packs mostly come in series with
 * the same data.
 */
import {
  canonicalJson,
  type DataSettings,
  type GradientCheckSettings,
  type OverfitSettings,
} from '@seedbed/contracts';
import {
  type Cifar10Files,
  type DataProgress,
  ensureCifar10,
  type LabelledImages,
  loadFirstSamples,
  loadSplit,
  loadTest,
  type Normalisation,
} from '@seedbed/data';
import { type Backend, PreparedData, type TrainingData } from '@seedbed/model';

export interface PackData {
  readonly data: PreparedData;
  readonly loadTest: () => Promise<LabelledImages>;
  readonly validation: LabelledImages;
  readonly normalisation: Normalisation;
}

export class TrainingDataCache {
  private kept: (PackData & { readonly key: string }) | null = null;

  constructor(
    private readonly backend: Backend,
    private readonly onProgress: (progress: DataProgress) => void,
  ) {}

  /** @throws RetryableError when the files could not be fetched, InputError when they do not fit the settings */
  async forPack(settings: DataSettings, batchSize: number): Promise<PackData> {
    const key = canonicalJson({ settings, batchSize });
    if (this.kept?.key === key) return this.kept;
    // Let go first: two splits at once would double the memory of a child.
    this.kept?.data.dispose();
    this.kept = null;
    const files = await this.files();
    const split = await loadSplit(files, settings);
    const data = new PreparedData(this.backend.kernels, split, batchSize);
    const { normalisation, validation } = split;
    this.kept = { key, data, validation, normalisation, loadTest: () => loadTest(files, normalisation) };
    return this.kept;
  }

  /** A check needs a handful of images, not a split. */
  async forCheck(settings: GradientCheckSettings | OverfitSettings): Promise<TrainingData> {
    const files = await this.files();
    const train = await loadFirstSamples(files, settings.data, settings.samples);
    const { inputCount, classCount } = files.layout;
    return { inputCount, classCount, train, validation: train };
  }

  private files(): Promise<Cifar10Files> {
    return ensureCifar10({ onProgress: this.onProgress });
  }
}
