/** Addresses that are routed in private networks only (RFC 1918). */
export const privateRanges = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'] as const;
