export {
  CIFAR10,
  CIFAR10_DIGEST,
  type Cifar10Files,
  digestOf,
  type ImageFile,
  type ImageFileLayout,
  type ImageFiles,
  trainImageCountOf,
} from './layout.js';
export { cacheDirectory } from './cache-directory.js';
export { ensureCifar10, ensureImageFiles, type EnsureOptions } from './ensure.js';
export { environmentSource } from './local-source.js';
export { type ServedDataSet, type ServedFile, servedCifar10 } from './served-data-set.js';
export { coordinatorFiles, type CoordinatorFilesOptions } from './coordinator-files.js';
export { type Fetch } from './http-download.js';
export { type DataProgress, type DataSource, type SourceRequest } from './source.js';
export { archiveDownload, archiveFile, type DownloadOptions } from './archive.js';
export { npmPackage, type NpmPackageOptions } from './npm-package.js';
export { dataProblems } from './ranges.js';
export { type Normalisation } from './normalisation.js';
export { batchesOf, loadFirstSamples, loadSplit, loadTest, type Split } from './split.js';
export { LabelledImages } from './labelled-images.js';
export { type Column, type RawColumn, type Table, tableOf } from './table/table.js';
export { encodeTable, type TableHeader } from './table/table-file.js';
export {
  LABEL_COLUMN,
  readTable,
  TABLE_LAYOUTS,
  type TableLayout,
  type TableSource,
} from './table/read-source.js';
export { tableFacts, type TableQuestion } from './table/table-facts.js';
export { loadTable, type LoadedFold, type LoadedRows, type LoadedTable } from './table/table-rows.js';
export { findTable, keepTable, type KeptTable, listTables, servedTable } from './table/table-shelf.js';
export { ensureTable, type EnsureTableOptions, readKeptTable } from './table/ensure-table.js';
