// Flux's kustomize-controller without what gets objects from Git: applies those of a file again and again, by its library and
// with its options (internal/controller/kustomization_controller.go of v1.9.6), and prints what it changed, a line of JSON each.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/fluxcd/pkg/ssa"
	"github.com/fluxcd/pkg/ssa/jsondiff"
	"github.com/fluxcd/pkg/ssa/normalize"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	controller = "kustomize-controller"
	group      = "kustomize.toolkit.fluxcd.io"
	interval   = time.Second
)

// What a Kustomization and its source are to the controller.
type kustomization struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
	Ignore    []struct {
		Target *jsondiff.Selector `json:"target"`
		Paths  []string           `json:"paths"`
	} `json:"ignore"`
	Objects []*unstructured.Unstructured `json:"objects"`
}

// The library looks at an object, then asks what an apply would make of it: a write of somebody else in between passes for a drift.
// With an interval of minutes that is one in ten thousand, with ours one in twenty: such a look is taken again.
type steady struct {
	client.Client
	seen    map[types.UID]string
	crossed bool
}

func (s *steady) Get(ctx context.Context, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
	err := s.Client.Get(ctx, key, object, options...)
	s.seen[object.GetUID()] = object.GetResourceVersion()
	return err
}

func (s *steady) Patch(ctx context.Context, object client.Object, patch client.Patch, options ...client.PatchOption) error {
	if err := s.Client.Patch(ctx, object, patch, options...); err != nil {
		return err
	}
	tried := (&client.PatchOptions{}).ApplyOptions(options).DryRun != nil
	seen, known := s.seen[object.GetUID()]
	if tried && known && seen != object.GetResourceVersion() {
		s.crossed = true
		return errors.New("changed in between")
	}
	return nil
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: flux FILE, with KUBECONFIG; FILE is read again each second")
	}
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		log.Fatal(err)
	}
	config.UserAgent = controller
	cluster, err := client.New(config, client.Options{})
	if err != nil {
		log.Fatal(err)
	}
	looks := &steady{Client: cluster, seen: map[types.UID]string{}}
	manager := ssa.NewResourceManager(looks, nil, ssa.Owner{Field: controller, Group: group})
	for ; ; time.Sleep(interval) {
		looks.crossed = false
		if err := reconcile(context.Background(), manager, os.Args[1]); err != nil && !looks.crossed {
			log.Print(err)
		}
	}
}

func reconcile(ctx context.Context, manager *ssa.ResourceManager, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var wanted kustomization
	if err := json.Unmarshal(text, &wanted); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	manager.SetOwnerLabels(wanted.Objects, wanted.Name, wanted.Namespace)
	if err := normalize.UnstructuredList(wanted.Objects); err != nil {
		return err
	}
	changes, err := manager.ApplyAll(ctx, wanted.Objects, options(wanted))
	if err != nil {
		return err
	}
	for _, change := range changes.Entries {
		if change.Action != ssa.UnchangedAction && change.Action != ssa.SkippedAction {
			json.NewEncoder(os.Stdout).Encode(map[string]string{"action": string(change.Action), "subject": change.Subject})
		}
	}
	return nil
}

func options(wanted kustomization) ssa.ApplyOptions {
	options := ssa.DefaultApplyOptions()
	options.ExclusionSelector = map[string]string{group + "/reconcile": "disabled", group + "/ssa": "Ignore"}
	options.IfNotPresentSelector = map[string]string{group + "/ssa": "IfNotPresent"}
	for _, rule := range wanted.Ignore {
		options.DriftIgnoreRules = append(options.DriftIgnoreRules, jsondiff.IgnoreRule{Paths: rule.Paths, Selector: rule.Target})
	}
	options.Cleanup = ssa.ApplyCleanupOptions{
		Annotations: []string{corev1.LastAppliedConfigAnnotation},
		FieldManagers: []ssa.FieldManager{
			{Name: "kubectl", OperationType: metav1.ManagedFieldsOperationApply},
			{Name: "kubectl", OperationType: metav1.ManagedFieldsOperationUpdate},
			{Name: "before-first-apply", OperationType: metav1.ManagedFieldsOperationUpdate},
			{Name: controller, OperationType: metav1.ManagedFieldsOperationUpdate},
		},
		Exclusions: map[string]string{group + "/ssa": "Merge"},
	}
	return options
}
