import { golden } from './corpus-table.ts';

/** One create in every encoding, and bodies that say something else than their paths. */
export const ENCODINGS = [
  ...golden(
    'encodings: what cannot be read has no name either, and this server reads no CBOR but in an apply',
    '/api/v1/namespaces/corpus',
    `
POST    /configmaps   write  create  configmaps  corpus  json-1   body=configMap:json-1 type=application/json
POST    /configmaps   write  create  configmaps  corpus  json-2   body=configMap:json-2 type=application/json;charset=utf-8
POST    /configmaps   write  create  configmaps  corpus  json-3   body=configMap:json-3 type=Application/JSON
POST    /configmaps?dryRun=All  write  create  configmaps  corpus  yaml-2  body=yaml:yaml-2 type=application/yaml
PUT     /configmaps/one  write  update  configmaps  corpus  one    body=yaml:one type=application/yaml
POST    /configmaps?dryRun=All  write  create  configmaps  corpus  proto-2  body=protobuf:proto-2 type=application/vnd.kubernetes.protobuf
PUT     /configmaps/one  write  update  configmaps  corpus  one    body=protobuf:one type=application/vnd.kubernetes.protobuf
POST    /configmaps   write  create  configmaps  corpus  cbor-1   body=cbor:cbor-1 type=application/cbor server.name=-
PATCH   /configmaps/applied-1?fieldManager=corpus  write  patch  configmaps  corpus  applied-1  body=yaml:applied-1 type=apply
PATCH   /configmaps/applied-2?fieldManager=corpus  write  patch  configmaps  corpus  applied-2  body=cbor:applied-2 type=application/apply-patch+cbor
POST    /configmaps   write  create  configmaps  corpus  *        body=configMap:text type=text/plain refused=gate/unreadable
POST    /configmaps   write  create  configmaps  corpus  *        body=configMap:form type=application/x-www-form-urlencoded refused=gate/unreadable
POST    /configmaps   write  create  configmaps  corpus  *        body=configMap:utf7 type=application/json;charset=utf-7 refused=gate/unreadable
POST    /configmaps   write  create  configmaps  corpus  *        body=broken type=application/json refused=gate/unreadable
POST    /configmaps   write  create  configmaps  corpus  *        refused=gate/unreadable
PATCH   /configmaps/one  write  patch  configmaps  corpus  one    body=colour:x type=application/json refused=gate/unreadable
`,
  ),
  ...golden(
    'encodings of other kinds',
    '/api/v1/namespaces/corpus',
    `
POST    /configmaps   write  create  configmaps  corpus  yaml-1   body=yaml:yaml-1 type=application/yaml
POST    /configmaps   write  create  configmaps  corpus  proto-1  body=protobuf:proto-1 type=application/vnd.kubernetes.protobuf
POST    /configmaps   write  create  configmaps  corpus  none     body=cbor type=application/cbor
PATCH   /configmaps/applied?fieldManager=corpus  write  patch  configmaps  corpus  applied  body=yaml:applied type=apply
`,
  ),
  ...golden(
    'bodies that contradict their paths: the gate does not choose between the two',
    '/api/v1/namespaces/corpus',
    `
POST    /configmaps      write  create  configmaps  corpus  *    body=secret:sneaky refused=gate/unreadable
POST    /configmaps      write  create  configmaps  corpus  *    body=object:Pod,sneaky refused=gate/unreadable
PUT     /configmaps/one  write  update  configmaps  corpus  one  body=configMap:two refused=gate/unreadable
POST    /configmaps      write  create  configmaps  corpus  *    body=misplaced:lost refused=gate/unreadable
DELETE  /configmaps/one  delete  delete  configmaps  corpus  one  body=configMap:one refused=gate/unreadable
GET     /configmaps/one  read   get     configmaps  corpus  one  body=configMap:one refused=gate/unreadable
`,
  ),
  ...golden(
    'what is outside namespaces, through the path of one',
    '/api/v1/namespaces/corpus',
    `
GET     /nodes           read   list    nodes              corpus  *    refused=gate/unreadable
GET     /persistentvolumes/pv-1  read  get  persistentvolumes  corpus  pv-1  refused=gate/unreadable
GET     /namespaces/other  read  get    namespaces         corpus  other  refused=gate/unreadable
`,
  ),
  ...golden(
    'odd paths that say one thing only',
    '',
    `
GET     /%61pi/v1/namespaces/corpus/configmaps/%6Fne          read  get   configmaps        corpus  one
GET     /api/v1/namespaces/corpus/configmaps/kube-root-ca.crt  read  get  configmaps        corpus  kube-root-ca.crt
GET     /api/v1/namespaces/corpus/configmaps/a@b              read  get   configmaps        corpus  a@b
GET     /api/v1/namespaces/corpus/configmaps/a%40b            read  get   configmaps        corpus  a@b
GET     /api/v1/namespaces/corpus/configmaps/a%20b            read  get   configmaps        corpus  a␣b
GET     /api/v1/namespaces/corpus/configmaps/a+b              read  get   configmaps        corpus  a+b
GET     /api/v1/namespaces/corpus/configmaps/%C3%A9           read  get   configmaps        corpus  é
GET     /api/v1/namespaces/corpus/configmaps/a%3Fb            read  get   configmaps        corpus  a?b
GET     /api/v1/namespaces/corpus/configmaps/a%23b            read  get   configmaps        corpus  a#b
GET     /api/v1/namespaces/corpus/configmaps/a%25b            read  get   configmaps        corpus  a%b
GET     /api/v1/namespaces/corpus/configmaps/a!b              read  get   configmaps        corpus  a!b
GET     /api/v1/namespaces/corpus/configmaps/a'b(c)           read  get   configmaps        corpus  a'b(c)
GET     /api/v1/namespaces/corpus/configmaps/a,b=c            read  get   configmaps        corpus  a,b=c
GET     /api/v1/namespaces/corpus/ConfigMaps/one              read  get   ConfigMaps        corpus  one
GET     /api/v1/namespaces/Corpus/configmaps                  read  list  configmaps        Corpus  *
GET     /api/v2/namespaces/corpus/configmaps                  read  list  configmaps        corpus  *
GET     /api/v1/namespaces/corpus/configmaps?                 read  list  configmaps        corpus  *
GET     /api/v1/namespaces/corpus/configmaps?&&pretty=true&   read  list  configmaps        corpus  *
GET     /apis/apps/v1/namespaces/corpus/deployments.apps/web  read  get   deployments.apps.apps  corpus  web  refused=gate/unreadable server.resource=deployments.apps server.group=apps
GET     /api/v1/namespaces/corpus/pods.x/loner/proxy/a        sensitive_read  connect  pods.x/proxy  corpus  loner  refused=gate/unreadable server.verb=get server.resource=pods.x server.group=-
GET     /api/v1/namespaces/corpus/deployments.apps/web        read  get   deployments.apps  corpus  web  refused=gate/unreadable server.resource=deployments.apps server.group=-
GET     /apis/namespaces/v1/namespaces/corpus/pods            read  list  pods.namespaces   corpus  *
GET     /api/v1/namespaces/namespaces/pods                    read  list  pods              namespaces  *
GET     /api/v1/namespaces/status/pods                        read  list  pods              status  *
GET     /api/v1/namespaces/corpus/namespaces/corpus           read  get   namespaces        corpus  corpus
GET     /api/namespaces/corpus/configmaps                     read  get   corpus            *       configmaps
`,
  ),
];
