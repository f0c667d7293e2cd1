/** Version of Seedbed, recorded with every result; kept equal to the packages' version by a test. */
export const SEEDBED_VERSION = '0.1.0';
