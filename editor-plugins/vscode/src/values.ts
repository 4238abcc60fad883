// Which values a setting may have: VS Code hands on whatever stands in a settings file.

export interface Entry {
  name: string;
  type: string | string[];
  default: unknown;
  items?: string;
  enum?: string[];
  minimum?: number;
  maximum?: number;
}

/** The value as the table's entry allows it: of a list the items that fit; its default when it is of another type, or out of its range. */
export function usable(entry: Entry, value: unknown): unknown {
  const types = [entry.type].flat();
  if (!types.some((type) => isOf(value, type))) {
    return entry.default;
  }
  if (Array.isArray(value)) {
    return value.filter((item) => isOf(item, entry.items ?? ''));
  }
  if (isOf(value, 'object')) {
    return Object.fromEntries(Object.entries(value as object).filter(([, item]) => isOf(item, entry.items ?? '')));
  }
  const isChoice = typeof value !== 'string' || entry.enum === undefined || entry.enum.includes(value);
  const isInRange = typeof value !== 'number' || (value >= (entry.minimum ?? -Infinity) && value <= (entry.maximum ?? Infinity));
  return isChoice && isInRange ? value : entry.default;
}

function isOf(value: unknown, type: string): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(value);
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    default:
      return typeof value === type; // boolean, number, string
  }
}
