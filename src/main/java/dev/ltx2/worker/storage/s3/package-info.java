/** Buckets that speak S3: AWS, R2, B2, MinIO and others. */
@NullMarked
package dev.ltx2.worker.storage.s3;

import org.jspecify.annotations.NullMarked;
