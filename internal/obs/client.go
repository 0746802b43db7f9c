// Package obs keeps and reads objects over the S3 protocol that OBS speaks, through minio-go.
//
// What goes on the wire is what OBS is known to take: signature version 4, virtual-hosted addresses unless told
// otherwise, Content-MD5, and none of the newer checksum headers and trailers, which OBS answers with
// XAmzContentSHA256Mismatch. Nothing is retried here: the caller knows what a try costs.
package obs

import (
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/s3utils"
)

// Config says where objects are kept and who asks.
type Config struct {
	// Endpoint is the URL of the service without a bucket: https://obs.ap-southeast-1.myhuaweicloud.com. http:// is
	// taken as written.
	Endpoint string
	// Region goes into the signature. Empty: taken from an endpoint of the form obs.<region>.…, else us-east-1, which
	// is what S3 servers without regions expect.
	Region string
	// PathStyle puts the bucket into the path instead of the host name. OBS may refuse it. An endpoint that is an IP
	// address is always spoken to in this way: there is no host name below it.
	PathStyle bool
	// Keys sign the requests: a Key, or a source of temporary ones.
	Keys Keys
	// Transport makes the connections; it is required and remains the caller's. It decides what may be dialled and
	// which certificates are trusted.
	Transport http.RoundTripper
}

// Client speaks to one endpoint on behalf of one account. It is safe for concurrent use, and cheap: when the account
// changes, make another over the same Transport, which keeps the connections.
type Client struct {
	keys      Keys
	options   minio.Options // without the key
	endpoint  *url.URL
	pathStyle bool
	// last is the signer of the last request: keys change seldom.
	last atomic.Pointer[signer]
	// buckets remembers bucket names that the service answered for, see explainHead.
	buckets sync.Map
}

// New makes a Client. It does not connect. The error is an *Error of KindInvalid.
func New(c Config) (*Client, error) {
	endpoint, err := parseEndpoint(c.Endpoint)
	if err != nil {
		return nil, invalid(opNew, err.Error())
	}
	if c.Transport == nil {
		return nil, invalid(opNew, "there is no transport")
	}
	if key, fixed := c.Keys.(Key); c.Keys == nil || fixed && (key.ID == "" || key.Secret == "") {
		return nil, invalid(opNew, "the access key ID or the secret access key is empty")
	}
	region := c.Region
	if region == "" {
		region = regionOf(endpoint.Hostname())
	}
	_, ipErr := netip.ParseAddr(endpoint.Hostname())
	pathStyle := c.PathStyle || ipErr == nil
	lookup := minio.BucketLookupDNS
	if pathStyle {
		lookup = minio.BucketLookupPath
	}
	client := &Client{
		keys: c.Keys, endpoint: endpoint, pathStyle: pathStyle,
		options: minio.Options{
			Secure:       endpoint.Scheme == "https",
			Transport:    boundedTransport{c.Transport},
			Region:       region,
			BucketLookup: lookup,
			MaxRetries:   1, // one try
		},
	}
	if _, err := client.signerOf(Key{}); err != nil {
		return nil, invalid(opNew, "the endpoint's host name is not valid")
	}
	return client, nil
}

func parseEndpoint(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return nil, errors.New("the endpoint is not a valid URL") // err quotes it
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("the endpoint must begin with https:// or http://")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.Trim(u.Path, "/") != "":
		return nil, errors.New("the endpoint must be a scheme and a host, without user, path or query")
	case u.Hostname() == "":
		return nil, errors.New("the endpoint has no host name")
	}
	return &url.URL{Scheme: u.Scheme, Host: hostWithoutDefaultPort(u)}, nil
}

// hostWithoutDefaultPort leaves out what HTTP clients do not send in the Host header, which is signed.
func hostWithoutDefaultPort(u *url.URL) string {
	if u.Scheme == "https" && u.Port() == "443" || u.Scheme == "http" && u.Port() == "80" {
		return strings.TrimSuffix(u.Host, ":"+u.Port())
	}
	return u.Host
}

func regionOf(host string) string {
	labels := strings.Split(host, ".")
	if len(labels) >= 4 && labels[0] == "obs" {
		return labels[1]
	}
	return "us-east-1"
}

// ObjectURL is the address of an object without signature or query.
func (c *Client) ObjectURL(bucket, key string) string {
	host, path := bucket+"."+c.endpoint.Host, key
	if c.pathStyle {
		host, path = c.endpoint.Host, bucket+"/"+key
	}
	return c.endpoint.Scheme + "://" + host + "/" + s3utils.EncodePath(path)
}
