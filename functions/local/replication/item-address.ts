import { asArray, asObject, asString, type JsonObject } from '../../../lib/domain/json.ts';
import { tables, type TableName, type TableSchema } from '../../../lib/stores/schema.ts';
import type { TableNames } from '../../../lib/stores/tables.ts';

/** Key attributes by table name, of the tables that are replicated. */
export type GlobalTables = ReadonlyMap<string, readonly string[]>;

/** An item of a global table, wherever it lies. */
export interface ItemAddress {
  readonly table: string;
  /** As DynamoDB JSON. */
  readonly key: JsonObject;
  /** Equal for equal items. */
  readonly id: string;
}

export function globalTables(names: TableNames): GlobalTables {
  const every: readonly [TableName, TableSchema][] = [
    ['governance', tables.governance],
    ['quotas', tables.quotas],
    ['health', tables.health],
    ['decisions', tables.decisions],
  ];
  return new Map(
    every
      .filter(([, schema]) => schema.global)
      .map(([name, { partitionKey, sortKey }]) => [
        names[name],
        sortKey === undefined ? [partitionKey] : [partitionKey, sortKey],
      ]),
  );
}

/** Where this item lies; `holder` has at least its key attributes. Undefined: the table is not replicated. */
export function addressOf(global: GlobalTables, table: string, holder: JsonObject): ItemAddress | undefined {
  const attributes = global.get(table);
  if (attributes === undefined) return undefined;
  const pairs = attributes.map((attribute) => [attribute, asObject(holder[attribute])] as const);
  return {
    table,
    key: Object.fromEntries(pairs),
    // Every key of the schema is a text.
    id: JSON.stringify([table, ...pairs.map(([, value]) => asString(value['S']))]),
  };
}

type FindWritten = (body: JsonObject) => readonly { readonly table: string; readonly holder: JsonObject }[];

const single =
  (holder: 'Item' | 'Key'): FindWritten =>
  (body) => [{ table: asString(body['TableName']) ?? '', holder: asObject(body[holder]) }];

/** The operations that write items, as far as the embedded database knows them (it has no transactions). */
const writes: Readonly<Record<string, FindWritten>> = {
  PutItem: single('Item'),
  UpdateItem: single('Key'),
  DeleteItem: single('Key'),
  BatchWriteItem: (body) =>
    Object.entries(asObject(body['RequestItems'])).flatMap(([table, requests]) =>
      asArray(requests).map((request) => {
        const { PutRequest: put, DeleteRequest: remove } = asObject(request);
        return {
          table,
          holder: asObject(put === undefined ? asObject(remove)['Key'] : asObject(put)['Item']),
        };
      }),
    ),
};

/** Whether the operation (`PutItem`) writes items. */
export const isWrite = (operation: string): boolean => Object.hasOwn(writes, operation);

/** The items of global tables a request would write. */
export const writtenItems = (
  global: GlobalTables,
  operation: string,
  body: JsonObject,
): readonly ItemAddress[] =>
  (writes[operation]?.(body) ?? []).flatMap(({ table, holder }) => addressOf(global, table, holder) ?? []);
