//go:build tools

// Package etcdutl pins etcd's offline tool, which checks snapshots and makes data directories of them.
package etcdutl

import _ "go.etcd.io/etcd/etcdutl/v3"
