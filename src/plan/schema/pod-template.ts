import { z } from 'zod';
import { expects } from '../wording.ts';
import { dnsLabel, labels, shortText } from './scalars.ts';
import { list, section } from './section.ts';

const object = { error: expects('a pod template: metadata, and spec with containers') };

/** Of Kubernetes: what is not named here is checked by the API server. */
export const podTemplate = z.looseObject(
  {
    metadata: section({
      labels: labels.optional().describe('Labels of the pod, none that primary or canary select'),
      annotations: z.record(z.string(), z.string()).optional().describe('Annotations of the pod'),
    })
      .optional()
      .describe('Labels and annotations of the pod'),
    spec: z
      .looseObject(
        {
          containers: list(
            z.looseObject(
              {
                name: dnsLabel('smoke').describe('Name of the container'),
                image: shortText('an image').describe('Its image'),
              },
              object,
            ),
            'a list of containers, for example [{ name: smoke, image: registry.example.com/smoke:v1 }]',
            { min: 1, max: 20 },
          ).describe('Containers of the pod'),
        },
        object,
      )
      .describe('Spec of the pod; restartPolicy is Never'),
  },
  object,
);
