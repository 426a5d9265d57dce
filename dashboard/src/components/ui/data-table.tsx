import { type ColumnDef, type RowData, tableFeatures, useTable } from "@tanstack/react-table";
import type { ReactNode } from "react";
import { cx } from "../../lib/cx.ts";

const features = tableFeatures({});

export type Column<Row extends RowData> = ColumnDef<typeof features, Row>;

type DataTableProps<Row extends RowData> = {
  /** Said to screen readers: what the rows are. */
  label: string;
  /** Kept outside the component or in a memo. A column's `id` is its key, `header` its name, `cell` what it shows. */
  columns: readonly Column<Row>[];
  /** From the query as it is, or in a memo: a new array on every render renders every row again. */
  rows: readonly Row[];
  rowId: (row: Row) => string;
  onOpen?: (row: Row) => void;
  selectedId?: string | undefined;
  footer?: ReactNode;
};

/** Dense rows of 36 px. On a narrow screen it scrolls sideways inside its border, and the page does not. */
export function DataTable<Row extends RowData>({
  label,
  columns,
  rows,
  rowId,
  onOpen,
  selectedId,
  footer,
}: DataTableProps<Row>) {
  const table = useTable({ features, columns, data: rows, getRowId: rowId });
  return (
    <div className="overflow-hidden rounded-lg border border-line bg-surface">
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by key */}
      <div
        role="region"
        aria-label={label}
        tabIndex={0}
        className="relative overflow-x-auto -outline-offset-2"
      >
        <table className="w-full border-collapse text-14">
          <thead>
            {table.getHeaderGroups().map((group) => (
              <tr key={group.id} className="border-b border-line bg-sunken">
                {group.headers.map((header) => (
                  <th
                    key={header.id}
                    scope="col"
                    className="h-9 px-3 text-left text-12 font-medium whitespace-nowrap text-muted"
                  >
                    {header.isPlaceholder ? null : <table.FlexRender header={header} />}
                  </th>
                ))}
              </tr>
            ))}
          </thead>
          <tbody>
            {table.getRowModel().rows.map((row) => (
              <tr
                key={row.id}
                aria-current={row.id === selectedId || undefined}
                onClick={onOpen === undefined ? undefined : () => onOpen(row.original)}
                className={cx(
                  "border-b border-line last:border-b-0",
                  onOpen !== undefined && "cursor-pointer hover:bg-hover",
                  row.id === selectedId && "bg-accent-soft",
                )}
              >
                {row.getAllCells().map((cell) => (
                  <td key={cell.id} className="tabular h-9 max-w-80 truncate px-3 whitespace-nowrap">
                    <table.FlexRender cell={cell} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {footer === undefined ? null : <div className="border-t border-line px-3 py-2">{footer}</div>}
    </div>
  );
}
