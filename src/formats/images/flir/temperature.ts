import type { FlirRecord } from './records';

/** Constants of the camera, and what was set about the scene; temperatures in kelvin. */
export interface Calibration {
  readonly planckR1: number;
  readonly planckR2: number;
  readonly planckB: number;
  readonly planckF: number;
  readonly planckO: number;
  readonly emissivity: number;
  /** Metres. */
  readonly distance: number;
  readonly reflected: number;
  readonly atmosphere: number;
  readonly window: number;
  readonly windowTransmission: number;
  /** 0 to 1. */
  readonly humidity: number;
  /** Alpha 1, alpha 2, beta 1, beta 2 and X of the transmission of the atmosphere. */
  readonly transmission: readonly [number, number, number, number, number];
}

const zeroCelsius = 273.15;
const lastField = 0x30c;

/**
 * Reads the camera record; offsets as in the tables of ExifTool (exiftool.org/TagNames/FLIR.html).
 * @returns null when the record is too short to hold the constants
 */
export function readCalibration({ view, littleEndian }: FlirRecord): Calibration | null {
  if (view.byteLength < lastField + 4) return null;
  const real = (offset: number): number => view.getFloat32(offset, littleEndian);
  const humidity = real(0x3c);
  return {
    emissivity: real(0x20),
    distance: real(0x24),
    reflected: real(0x28),
    atmosphere: real(0x2c),
    window: real(0x30),
    windowTransmission: real(0x34),
    // Some cameras write percent.
    humidity: humidity > 2 ? humidity / 100 : humidity,
    planckR1: real(0x58),
    planckB: real(0x5c),
    planckF: real(0x60),
    transmission: [real(0x70), real(0x74), real(0x78), real(0x7c), real(0x80)],
    planckO: view.getInt32(0x308, littleEndian),
    planckR2: real(lastField),
  };
}

/** What makes temperatures impossible to compute; null when nothing does. */
export function faultOf(calibration: Calibration): string | null {
  const { planckR1, planckR2, planckB, emissivity, windowTransmission, distance, humidity } = calibration;
  const isShare = (value: number): boolean => value > 0 && value <= 1;
  if (!(planckR1 > 0 && planckR2 > 0 && planckB > 0 && Number.isFinite(calibration.planckF)))
    return 'its Planck constants are missing';
  if (!isShare(emissivity)) return `its emissivity is given as ${emissivity}`;
  if (!isShare(windowTransmission)) return `the transmission of its window is given as ${windowTransmission}`;
  const temperatures = [calibration.reflected, calibration.atmosphere, calibration.window];
  if (!temperatures.every((kelvin) => kelvin > 100 && kelvin < 5000))
    return 'a temperature of its surroundings is missing';
  if (!(distance >= 0 && distance < 1e6 && humidity >= 0 && humidity <= 1))
    return 'its distance or humidity is out of range';
  const share = atmosphericTransmission(calibration);
  return share > 0 && share < 1.01 ? null : 'its constants of the atmosphere are out of range';
}

/**
 * Share of the radiation that passes half of the way to the camera, by the two exponentials of FLIR's manuals:
 *
 *     X exp(-sqrt(d/2) (a1 + b1 sqrt(w))) + (1 - X) exp(-sqrt(d/2) (a2 + b2 sqrt(w)))
 *
 * with the water w = humidity exp(1.5587 + 0.06939 T - 0.00027816 T^2 + 0.00000068455 T^3), T in degrees Celsius.
 * Source: W. Minkina, S. Dudzik, Infrared Thermography: Errors and Uncertainties, Wiley 2009, as in Thermimage and flirpy.
 */
function atmosphericTransmission({ distance, humidity, atmosphere, transmission }: Calibration): number {
  const [alpha1, alpha2, beta1, beta2, x] = transmission;
  const celsius = atmosphere - zeroCelsius;
  const water =
    humidity * Math.exp(1.5587 + 0.06939 * celsius - 0.00027816 * celsius ** 2 + 0.00000068455 * celsius ** 3);
  const root = Math.sqrt(distance / 2);
  const through = (alpha: number, beta: number): number => Math.exp(-root * (alpha + beta * Math.sqrt(water)));
  return x * through(alpha1, beta1) + (1 - x) * through(alpha2, beta2);
}

/** Counts that the sensor gives for a black body of a temperature in kelvin. */
function countsOf(kelvin: number, { planckR1, planckR2, planckB, planckF, planckO }: Calibration): number {
  return planckR1 / (planckR2 * (Math.exp(planckB / kelvin) - planckF)) - planckO;
}

/**
 * Temperature of the object in degrees Celsius for each count. On its way the object's radiation is first mixed with what
 * it reflects (emissivity), then with the radiation of the atmosphere, of the camera's window, and of the atmosphere again
 * (half of the way each): every step keeps a share and adds the rest at that body's own temperature. The steps are undone
 * from the last to the first, which gives counts of the object alone, and Planck's law their temperature:
 *
 *     T = B / ln(R1 / (R2 (counts + O)) + F)
 *
 * The same as raw2temp of Thermimage and flirpy with a window that reflects nothing.
 * @returns one value a count; NaN where a count is below any radiation
 */
export function temperaturesOf(counts: Uint16Array, calibration: Calibration): Float32Array {
  const { planckR1, planckR2, planckB, planckF, planckO, emissivity, windowTransmission } = calibration;
  const passed = atmosphericTransmission(calibration);
  const air = countsOf(calibration.atmosphere, calibration);
  const steps = [
    { share: passed, added: air },
    { share: windowTransmission, added: countsOf(calibration.window, calibration) },
    { share: passed, added: air },
    { share: emissivity, added: countsOf(calibration.reflected, calibration) },
  ];
  return Float32Array.from(counts, (count) => {
    const object = steps.reduce((mixed, { share, added }) => (mixed - (1 - share) * added) / share, count);
    const radiation = object + planckO;
    if (radiation <= 0) return NaN;
    return planckB / Math.log(planckR1 / (planckR2 * radiation) + planckF) - zeroCelsius;
  });
}
