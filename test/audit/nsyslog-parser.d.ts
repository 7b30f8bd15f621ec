declare module "nsyslog-parser" {
  /** What a message of syslog, and CEF in it, says. */
  export default function parse(message: string): {
    readonly type: string;
    readonly appName: string;
    readonly messageid: string;
    readonly levelval: number;
    readonly cef: Readonly<Record<string, string>>;
    readonly fields: Readonly<Record<string, string>>;
  };
}
