/* Constants of Domain Connect's asynchronous flow for dynamic DNS (Domain
 * Connect 2.3, templates domainconnect.org/dynamicdns and /dynamicdns-v2). */
#ifndef DCDDNS_CONNECT_PROTOCOL_H
#define DCDDNS_CONNECT_PROTOCOL_H

#define CONNECT_PROVIDER_ID  "domainconnect.org" /* also the OAuth client_id */
#define CONNECT_SERVICE_V2   "dynamicdns-v2" /* variables IPv4 and IPv6, groups of those names */
#define CONNECT_SERVICE_V1   "dynamicdns"    /* variable IP, IPv4 only */
#define CONNECT_REDIRECT_URI "https://dynamicdns.domainconnect.org/ddnscode"

enum { CONNECT_BODY_MAX = 65536, CONNECT_TOKEN_MAX = 8192, CONNECT_URL_MAX = 32768 };

#endif
