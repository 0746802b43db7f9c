package ais

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// podAgent gives temporary access keys to the pod that it runs beside.
type podAgent struct {
	PodIdentity

	uri  *url.URL
	wire *wire
}

func newPodAgent(p PodIdentity, iam *identity) (*podAgent, error) {
	if p.URI == "" || p.Token == nil || p.Transport == nil {
		return nil, errors.New("pod identity: set the agent's address, where the pod's token comes from, and a transport")
	}
	u, err := url.Parse(p.URI)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return nil, errors.New("pod identity: the agent's address is not a URL such as http://host/path")
	}
	return &podAgent{PodIdentity: p, uri: u, wire: &wire{base: p.Transport, userAgent: iam.wire.userAgent, now: iam.wire.now}}, nil
}

// key asks the agent: POST of an empty object, with the pod's token as it is.
// https://support.huaweicloud.com/intl/en-us/usermanual-cce/cce_10_1110.html
func (p *podAgent) key(ctx context.Context) (*lease[AccessKey], error) {
	x := &exchange{op: OpGetPodIdentity, method: http.MethodPost, url: p.uri, header: make(http.Header), limit: identityLimit}
	token, err := p.Token()
	if err != nil {
		return nil, x.noIdentity(ctx, fmt.Errorf("the pod's token cannot be read: %w", err))
	}
	x.secrets = nonEmpty(token.Reveal())
	x.header.Set("Authorization", token.Reveal())
	if x.body, err = newJSONPayload(struct{}{}); err != nil {
		return nil, x.invalid(err.Error())
	}
	askedAt := p.wire.now()
	a, err := p.wire.send(ctx, x)
	if err != nil {
		return nil, err
	}
	var body struct {
		Credentials struct {
			AccessKeyID     string    `json:"accessKeyId"`
			SecretAccessKey Secret    `json:"secretAccessKey"`
			SecurityToken   Secret    `json:"securityToken"`
			Expiration      time.Time `json:"expiration"`
		} `json:"credentials"`
	}
	if err := json.Unmarshal(a.body, &body); err != nil {
		return nil, x.unreadable(a, "the answer of the agent holds no temporary access key", nil)
	}
	c := body.Credentials
	return x.keyLease(a, AccessKey{ID: c.AccessKeyID, Secret: c.SecretAccessKey, SecurityToken: c.SecurityToken}, askedAt, c.Expiration)
}
