package dev.ltx2.worker.common;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Optional;

/** What went wrong with a file, in words: the JDK's own messages are often just the path. */
public final class IoErrors {
  private IoErrors() {}

  /** A few words, to stand behind a colon. */
  public static String of(IOException failure) {
    return switch (failure) {
      case AccessDeniedException _ -> "permission denied";
      case NoSuchFileException _ -> "there is no such file or folder";
      case FileAlreadyExistsException _ -> "a file is in the way";
      case NotDirectoryException _ -> "not a folder";
      case DirectoryNotEmptyException _ -> "there is something in it";
      case FileSystemException e ->
          Optional.ofNullable(e.getReason())
              .orElseGet(() -> "the file system refused " + e.getMessage());
      case CharacterCodingException _ -> "it is not UTF-8 text";
      case IOException e -> Optional.ofNullable(e.getMessage()).orElse("reading or writing failed");
    };
  }
}
